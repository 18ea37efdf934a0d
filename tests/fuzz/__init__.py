"""Garbage for every parser: `python -m tests.fuzz`."""
