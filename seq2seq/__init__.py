"""Train a small English-French transformer and see its cross-attention at work."""

__version__ = "0.1.0"
