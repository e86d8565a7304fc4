"""Ids to vectors."""

from __future__ import annotations

import math

from torch import Tensor, nn

from seq2seq.config import ModelConfig
from seq2seq.model.dropout import Dropout


class Embedding(nn.Module):
    """Piece embeddings times √D (Vaswani et al. 2017, 3.4), wherever the pieces stand."""

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        """Build the table, which source, target and output projection share."""
        super().__init__()
        self.pieces = nn.Embedding(vocab_size, config.width)
        self.scale = math.sqrt(config.width)
        self.dropout = Dropout(config.dropout)

    def forward(self, ids_BT: Tensor) -> Tensor:
        """(B, T) ids to (B, T, D)."""
        return self.dropout(self.pieces(ids_BT) * self.scale)
