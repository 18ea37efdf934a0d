"""What differs between two traces, and whether that means anything. Pure."""
