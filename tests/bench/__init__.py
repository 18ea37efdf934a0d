"""What it costs and how fast it is, beside its peers: `python -m tests.bench` prints tables."""
