"""Traces that other programs wrote, read into what our reports are made of."""
