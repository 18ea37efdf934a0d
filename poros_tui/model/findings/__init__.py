"""What happens to packets on the way, concluded from the answers of all hops. Pure."""
