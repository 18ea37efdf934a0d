"""What a trace knows, as values. Pure: no sockets, no clock, no event loop."""
