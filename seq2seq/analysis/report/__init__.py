"""One page about a run: what goes into it, and the page itself."""
