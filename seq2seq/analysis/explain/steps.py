"""One head of attention, step by step: scores, scaling, softmax, weighted sum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from seq2seq.model.attention import KeyValues, attend

Array = NDArray[np.float32]


@dataclass(frozen=True)
class SoftmaxSteps:
    """Softmax of one row of S scores, number by number.

    Attributes:
        scores_S: Dot products of one query with every key.
        scaled_S: Divided by √K.
        exps_S: exp(x − max x): the largest is 1. Subtracting the maximum changes no weight, and
            no exponential can overflow.
        total: Their sum.
        weights_S: Each divided by the sum.
    """

    scores_S: Array
    scaled_S: Array
    exps_S: Array
    total: float
    weights_S: Array


@dataclass(frozen=True)
class HeadSteps:
    """softmax(QKᵀ / √K) V of one head.

    Attributes:
        read: The piece that the decoder reads at each of the T positions.
        predicted: The piece that it has to predict there: the next one.
        src: The S source pieces.
        row: The position that is followed.
        queries_TK: From the decoder.
        keys_SK: From the encoder.
        values_SK: From the encoder.
        scores_TS: QKᵀ.
        weights_TS: Softmax of every row of scores / √K, by ``attend``.
        output_TK: The weighted sums of the values, by ``attend``.
    """

    read: list[str]
    predicted: list[str]
    src: list[str]
    row: int
    queries_TK: Array
    keys_SK: Array
    values_SK: Array
    scores_TS: Array
    weights_TS: Array
    output_TK: Array

    @property
    def head_width(self) -> int:
        """K."""
        return self.queries_TK.shape[1]

    @property
    def softmax(self) -> SoftmaxSteps:
        """How the followed row of scores becomes weights."""
        scores_S = self.scores_TS[self.row]
        scaled_S = scores_S / np.float32(math.sqrt(self.head_width))
        exps_S = np.exp(scaled_S - scaled_S.max())
        total = exps_S.sum()
        return SoftmaxSteps(scores_S, scaled_S, exps_S, float(total), exps_S / total)

    @property
    def shares_SK(self) -> Array:
        """What every source position gives to the followed row: weight × value; they add up."""
        return self.weights_TS[self.row][:, None] * self.values_SK


def steps(
    queries_TK: Array,
    keys_SK: Array,
    values_SK: Array,
    *,
    read: list[str],
    predicted: list[str],
    src: list[str],
    row: int,
) -> HeadSteps:
    """Attend with the function that the model attends with, and keep every step."""
    q, k, v = (torch.from_numpy(x)[None, None] for x in (queries_TK, keys_SK, values_SK))
    attended = attend(q, KeyValues(k, v), need_weights=True)
    assert attended.weights is not None
    return HeadSteps(
        read=read,
        predicted=predicted,
        src=src,
        row=row,
        queries_TK=queries_TK,
        keys_SK=keys_SK,
        values_SK=values_SK,
        scores_TS=queries_TK @ keys_SK.T,
        weights_TS=attended.weights[0, 0].numpy(),
        output_TK=attended.output[0, 0].numpy(),
    )
