"""`poros-tui doctor`: what this machine permits, what is in the way, and what mends it."""
