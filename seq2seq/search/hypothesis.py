"""What every search shares: its view of a model, its result, and the length penalties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:  # other engines report hypotheses, too, and know no torch
    from torch import Tensor


class State(Protocol):
    """What a model remembers of N sentences with W beams each."""

    def keep(self, sentences: Tensor) -> None:
        """Go on with these of the N sentences only; before the first step, one may repeat."""

    def reorder(self, parents_NW: Tensor) -> None:
        """Let beam w of each sentence go on from what was beam ``parents_NW[:, w]``."""


S = TypeVar("S", bound=State)
Step = Callable[["Tensor", S], "Tensor"]
"""Last ids (N, W) and state to log-probabilities (N, W, V) of the next; updates the state."""

Penalty = Callable[[int], float]
"""A length, ``</s>`` included, to what divides its log-probability: above 0, and never falling."""


@dataclass(frozen=True)
class Hypothesis:
    """A target sequence and what the model thinks of it.

    Attributes:
        ids: Without ``<s>`` and ``</s>``.
        log_probability: Σ log p over the ids and the ``</s>``.
        score: ``log_probability`` over the length penalty; searches prefer the greater.
        finished: Whether it ended with ``</s>``, not at the length limit.
    """

    ids: list[int]
    log_probability: float
    score: float
    finished: bool


def length_penalty(length: int, alpha: float) -> float:
    """((5 + length) / 6) ** alpha (Wu et al. 2016, equation 14); ``length`` counts ``</s>``."""
    return float(((5 + length) / 6) ** alpha)


def length_normalization(length: int, alpha: float) -> float:
    """Length ** alpha; with alpha = 1 scores are means (Jean et al. 2015)."""
    return float(length**alpha)


def hypothesis(
    ids: list[int], log_probability: float, penalty: Penalty, *, finished: bool
) -> Hypothesis:
    """Score a sequence."""
    divisor = penalty(len(ids) + finished)
    return Hypothesis(ids, log_probability, log_probability / divisor, finished)
