"""Attention weights as arrays, and the words that alignments are about."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(
    r"\d+(?:[.,:]\d+)*"  # 3.50, 10:30
    r"|(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=\w)"  # l' ami
    r"|\w+(?:['’-]\w+)*"  # don't, allez-vous, aujourd'hui
    r"|[^\w\s]",
    re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """Split text into the words that alignments link, in English and French alike.

    Words end at spaces, punctuation stands apart, and French elisions are split after the
    apostrophe (``l'`` ``ami``); English contractions and hyphenated words stay whole.
    """
    return WORD.findall(text)


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
