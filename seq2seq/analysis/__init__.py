"""What a translation is worth and what the attention looks like: scores, tables, pictures."""
