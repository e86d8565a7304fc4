"""Searches for good target sequences. They see a ``step`` callable: no model, no text."""
