"""When to send, and what became of it."""
