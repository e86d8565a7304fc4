"""Dropout whose masks cost little on a CPU."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STEPS = 2**16  # values of a 16-bit draw: the probability is exact to 1 / 65,536


class Dropout(nn.Module):
    """Zeros with a probability, and what is left divided by 1 − it (Srivastava et al. 2014).

    On a CPU the generator's numbers are what dropout costs: ``bernoulli_`` draws one or two for
    every element. One draw of 64 bits decides on four elements here.
    """

    def __init__(self, probability: float) -> None:
        """Drop with this probability, in training only."""
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """(…) to (…)."""
        if not self.training or not self.probability:
            return x
        if x.device.type != "cpu":
            return F.dropout(x, self.probability)
        return x * dropout_mask(x, self.probability)


def dropout_mask(like: Tensor, probability: float) -> Tensor:
    """What to multiply ``like`` by: 0 where it is dropped, elsewhere 1 / (1 − its probability)."""
    dropped = min(round(probability * STEPS), STEPS - 1)
    draws = torch.empty((like.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    sixteen = draws.view(torch.int16)[: like.numel()].view(like.shape)
    mask = torch.empty_like(like, memory_format=torch.contiguous_format)
    torch.ge(sixteen, dropped - STEPS // 2, out=mask)
    return mask.mul_(STEPS / (STEPS - dropped))
