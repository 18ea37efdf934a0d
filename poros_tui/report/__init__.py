"""A finished trace as text for people and for programs. Pure: values in, text out."""
