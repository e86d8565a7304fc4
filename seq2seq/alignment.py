"""Attention weights as arrays: what the decoder looked at for every piece it wrote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CrossAttention:
    """Cross-attention of one sentence pair, read in one teacher-forced pass.

    Attributes:
        src_pieces: The S source pieces, ``</s>`` included: the columns.
        tgt_pieces: The T target pieces, ``</s>`` included: the rows. Row t holds the weights that
            were used to predict piece t.
        weights_LHTS: (L, H, T, S) float32 of every decoder block and head; rows sum to 1.
    """

    src_pieces: list[str]
    tgt_pieces: list[str]
    weights_LHTS: NDArray[np.float32]

    @property
    def mean_TS(self) -> NDArray[np.float32]:
        """(T, S) mean over blocks and heads."""
        mean: NDArray[np.float32] = self.weights_LHTS.mean(axis=(0, 1))
        return mean
