"""Whether a router limits its answers, concluded from which of the probes it answers. Pure."""
