"""From attention weights to word alignments: arrays and words only, no model."""
