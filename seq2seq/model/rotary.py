"""Positions: queries and keys are turned by angles that grow along the sentence.

Shape letters are explained in ``attention.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

BASE = 1000.0  # the slowest of the angles takes 2π·1000 positions to come around


@dataclass(frozen=True)
class Rotation:
    """The turn of T positions, or of one that all queries share: T is 1 then.

    Attributes:
        cos_TK: Cosines of the angles, those of the first half of K again in the second.
        sin_TK: Sines, the first half negated.
    """

    cos_TK: Tensor
    sin_TK: Tensor

    def turn(self, x_BHTK: Tensor) -> Tensor:
        """Turn dimensions i and i + K/2 of every query or key as a point of the plane."""
        other_BHTK = x_BHTK.roll(x_BHTK.shape[-1] // 2, dims=-1)
        return torch.addcmul(x_BHTK * self.cos_TK, other_BHTK, self.sin_TK).to(x_BHTK.dtype)


class Rotary(nn.Module):
    """Rotary positions (Su et al. 2021, equation 34).

    Position t turns plane i of a head by the angle t · BASE^(−2i/K). The product of a query and a
    key depends on the difference of their angles, so self-attention sees how far apart two words
    are, in which direction, and nothing of where the sentence began.
    """

    def __init__(self, head_width: int) -> None:
        """Choose the frequencies, which are kept with the weights that learn to live with them.

        Args:
            head_width: K, an even number.
        """
        super().__init__()
        half = head_width // 2
        self.register_buffer("frequencies", BASE ** (-torch.arange(half) / half))
        self.frequencies: Tensor

    def forward(self, start: int, length: int) -> Rotation:
        """The turn of ``length`` positions from ``start`` on."""
        positions_T = torch.arange(start, start + length, device=self.frequencies.device)
        angles = positions_T[:, None] * self.frequencies
        cos, sin = angles.cos(), angles.sin()
        return Rotation(cos.repeat(1, 2), torch.cat([-sin, sin], dim=1))
