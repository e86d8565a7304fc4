"""Ids to vectors: a table of pieces, and where in the sentence they stand."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from seq2seq.config import ModelConfig
from seq2seq.model.dropout import Dropout


class Embedding(nn.Module):
    """Piece embeddings times √D plus sinusoidal positions (Vaswani et al. 2017, 3.4 and 3.5)."""

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        """Build the table, which source, target and output projection share."""
        super().__init__()
        self.pieces = nn.Embedding(vocab_size, config.width)
        self.scale = math.sqrt(config.width)
        self.dropout = Dropout(config.dropout)
        self.register_buffer(
            "positions", sinusoids(config.max_length, config.width), persistent=False
        )
        self.positions: Tensor

    def forward(self, ids_BT: Tensor, start: int = 0) -> Tensor:
        """(B, T) ids at positions start, start + 1, … to (B, T, D)."""
        positions_TD = self.positions[start : start + ids_BT.shape[1]]
        return self.dropout(self.pieces(ids_BT) * self.scale + positions_TD)

    def step(self, ids_NW: Tensor, position: int) -> Tensor:
        """(N, W) ids, all at the same position, to (N, W, D)."""
        return self.dropout(self.pieces(ids_NW) * self.scale + self.positions[position])


def sinusoids(length: int, width: int) -> Tensor:
    """(length, width) sines and cosines of wavelengths from 2π to 10000·2π."""
    position = torch.arange(length)[:, None]
    frequency = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angle = position * frequency
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)
