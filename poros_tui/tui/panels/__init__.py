"""What can be opened beside or below the hop table: one module for each panel."""
