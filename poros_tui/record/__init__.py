"""Sessions in files: written as they happen, and read again."""
