"""What can be learnt of an address from others than its router: each kind by itself, and all of it together."""
