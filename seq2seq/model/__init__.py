"""The transformer. It knows ids and its own configuration: no text, no loss, no search."""
