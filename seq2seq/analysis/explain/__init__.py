"""A sentence's walk through cross-attention: numbers, the story around them, text and page."""
