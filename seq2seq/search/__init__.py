"""Searches for good target sequences, which see a ``step`` callable: no model, no text.

``mbr`` and ``repetition`` look at what was found.
"""
