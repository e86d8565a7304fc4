"""Runs for other places: a folder of a few megabytes, and a model for CTranslate2."""
