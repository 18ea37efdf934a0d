"""A recording in the place of live sessions."""
