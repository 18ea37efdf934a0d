"""What finds the events of a path in what comes of its probes: one module for each kind."""
