"""One module for each protocol: the kinds of socket that can send its probes."""
