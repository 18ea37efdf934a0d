"""One probe on one socket: the only place that talks to the network, real or simulated."""
