"""A least length, a forced beginning, and ids barred, for every search: a step that forbids.

What is forbidden has probability 0; what is left keeps its own, so scores remain the model's, and
a forced beginning counts in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import torch
from torch import Tensor

from seq2seq.search.hypothesis import S, Step

FREE = -1  # in place of a forced id


@dataclass
class Constrained(Generic[S]):
    """A model's state, and what its N sentences are bound to.

    Attributes:
        state: The model's.
        forced_NT: (N, T) int64, the ids that each begins with; ``FREE`` where it may choose.
        written: Ids that every beam has written.
    """

    state: S
    forced_NT: Tensor
    written: int = 0

    @classmethod
    def start(
        cls, state: S, prefixes: Sequence[Sequence[int]], device: torch.device
    ) -> Constrained[S]:
        """Before the first step; each of the N ``prefixes`` may be empty."""
        longest = max(map(len, prefixes))
        rows = [[*ids, *[FREE] * (longest - len(ids))] for ids in prefixes]
        return cls(state, torch.tensor(rows, dtype=torch.int64, device=device))

    def keep(self, sentences: Tensor) -> None:
        """Go on with these of the N sentences only."""
        self.state.keep(sentences)
        self.forced_NT = self.forced_NT[sentences]

    def reorder(self, parents_NW: Tensor) -> None:
        """Let beam w of each sentence go on from what was beam ``parents_NW[:, w]``."""
        self.state.reorder(parents_NW)


def constrain(
    step: Step[S], *, min_length: int, eos_id: int, never: Sequence[int] = ()
) -> Step[Constrained[S]]:
    """A step that forces the beginnings and ends no sequence before its time.

    Args:
        step: The model.
        min_length: Fewest ids of a sequence, ``</s>`` included.
        eos_id: Id that ends a sequence.
        never: Ids that no sequence has.
    """

    def constrained(last_NW: Tensor, bound: Constrained[S]) -> Tensor:
        log_probs_NWV = step(last_NW, bound.state)
        position, bound.written = bound.written, bound.written + 1
        ids_V = torch.arange(log_probs_NWV.shape[-1], device=log_probs_NWV.device)
        barred = [*never, *([eos_id] if position + 1 < min_length else [])]
        if barred:
            barred_V = torch.isin(ids_V, torch.tensor(barred, device=ids_V.device))
            log_probs_NWV = log_probs_NWV.masked_fill(barred_V, -torch.inf)
        if position < bound.forced_NT.shape[1]:
            forced_N11 = bound.forced_NT[:, position, None, None]
            others_N1V = (forced_N11 != FREE) & (ids_V != forced_N11)
            log_probs_NWV = log_probs_NWV.masked_fill(others_N1V, -torch.inf)
        return log_probs_NWV

    return constrained
