"""Bytes from and for the wire, as values. No sockets, no clock, no chance."""
