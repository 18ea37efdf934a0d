"""An internet that exists only as numbers: what would come back for a probe, and when."""
