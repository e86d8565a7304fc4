"""Several models as one: the mean of their probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import torch
from torch import Tensor

from seq2seq.search.hypothesis import S, Step


@dataclass
class EnsembleState(Generic[S]):
    """The states of M models that write the same."""

    states: list[S]

    def keep(self, sentences: Tensor) -> None:
        """Go on with these of the N sentences only."""
        for state in self.states:
            state.keep(sentences)

    def reorder(self, parents_NW: Tensor) -> None:
        """Let beam w of each sentence go on from what was beam ``parents_NW[:, w]``."""
        for state in self.states:
            state.reorder(parents_NW)


def ensemble(steps: Sequence[Step[S]]) -> Step[EnsembleState[S]]:
    """A step whose probabilities are the mean of those of M models with one vocabulary."""

    def step(last_NW: Tensor, ensemble: EnsembleState[S]) -> Tensor:
        each = [step(last_NW, state) for step, state in zip(steps, ensemble.states, strict=True)]
        return log_mean(torch.stack(each))

    return step


def log_mean(log_probs_M: Tensor) -> Tensor:
    """(M, …) log-probabilities to the logarithm (…) of their mean; rounding keeps it below 0."""
    return (log_probs_M.logsumexp(dim=0) - math.log(len(log_probs_M))).clamp(max=0)
