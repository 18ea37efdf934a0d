"""What can be learnt of an address from others than its router: for now, its name."""
