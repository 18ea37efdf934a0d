"""What the figures of a path mean, in words: statements with their evidence, and their rules."""
