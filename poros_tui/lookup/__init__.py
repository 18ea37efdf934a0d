"""What can be learnt of an address from others than its router."""
