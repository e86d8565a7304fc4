"""Corpora, tokenizer and batches: from files to tensors of ids."""
