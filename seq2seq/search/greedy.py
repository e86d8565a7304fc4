"""Sequences written piece by piece; greedy search takes the likeliest piece, again and again."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from seq2seq.search.hypothesis import Hypothesis, Penalty, S, Step, hypothesis

Choose = Callable[[Tensor, Tensor, int], Tensor]
"""Log-probabilities (N, V), numbers (N,) of the sentences, and the step, to ids (N,)."""


def greedy(
    step: Step[S], state: S, limits_N: Tensor, *, penalty: Penalty, bos_id: int, eos_id: int
) -> list[Hypothesis]:
    """Decode N sentences, as ``write`` does, with the likeliest id at every step."""

    def likeliest(log_probs_NV: Tensor, _alive_N: Tensor, _step: int) -> Tensor:
        return log_probs_NV.argmax(dim=-1)

    return write(step, state, limits_N, likeliest, penalty=penalty, bos_id=bos_id, eos_id=eos_id)


def write(
    step: Step[S],
    state: S,
    limits_N: Tensor,
    choose: Choose,
    *,
    penalty: Penalty,
    bos_id: int,
    eos_id: int,
) -> list[Hypothesis]:
    """Write N sequences, each on its own; a finished one leaves the batch.

    Args:
        step: The model.
        state: Its state before the first step, of N sentences with one beam.
        limits_N: Most ids for each sentence, ``</s>`` included.
        choose: What is written next.
        penalty: Of the length, in the reported score.
        bos_id: Id that starts every sequence.
        eos_id: Id that ends a sequence.
    """
    n = len(limits_N)
    found: list[Hypothesis | None] = [None] * n
    alive_N = torch.arange(n, device=limits_N.device)
    ids_NT = limits_N.new_empty(n, 0)
    log_probs_N = torch.zeros(n, device=limits_N.device)
    last_N = limits_N.new_full((n,), bos_id)
    while len(alive_N):
        log_probs_NV = step(last_N[:, None], state)[:, 0]
        last_N = choose(log_probs_NV, alive_N, ids_NT.shape[1])
        log_probs_N = log_probs_N + log_probs_NV.gather(1, last_N[:, None])[:, 0]
        ids_NT = torch.cat([ids_NT, last_N[:, None]], dim=1)
        ended_N = last_N == eos_id
        done_N = ended_N | (ids_NT.shape[1] >= limits_N[alive_N])
        for row in done_N.nonzero().flatten().tolist():
            finished, ids = bool(ended_N[row]), ids_NT[row].tolist()
            found[int(alive_N[row])] = hypothesis(
                ids[:-1] if finished else ids, float(log_probs_N[row]), penalty, finished=finished
            )
        if done_N.any():
            rows = (~done_N).nonzero().flatten()
            state.keep(rows)
            alive_N, ids_NT, log_probs_N, last_N = (
                x[rows] for x in (alive_N, ids_NT, log_probs_N, last_N)
            )
    return [h for h in found if h is not None]
