"""Greedy search: the likeliest next piece, again and again."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.search.hypothesis import Hypothesis, Penalty, S, Step, hypothesis


def greedy(
    step: Step[S], state: S, limits_N: Tensor, *, penalty: Penalty, bos_id: int, eos_id: int
) -> list[Hypothesis]:
    """Decode N sentences; a finished sentence leaves the batch.

    Args:
        step: The model.
        state: Its state before the first step, of N sentences with one beam.
        limits_N: Most ids for each sentence, ``</s>`` included.
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
        best_N, last_N = step(last_N[:, None], state)[:, 0].max(dim=-1)
        log_probs_N = log_probs_N.to(best_N.dtype) + best_N
        ids_NT = torch.cat([ids_NT, last_N[:, None]], dim=1)
        ended_N = last_N == eos_id
        done_N = ended_N | (ids_NT.shape[1] >= limits_N[alive_N])
        for row in done_N.nonzero().flatten().tolist():
            finished = bool(ended_N[row])
            ids = ids_NT[row].tolist()
            found[int(alive_N[row])] = hypothesis(
                ids[:-1] if finished else ids, float(log_probs_N[row]), penalty, finished=finished
            )
        if done_N.any():
            going_on = (~done_N).nonzero().flatten()
            state.keep(going_on)
            alive_N, ids_NT, log_probs_N, last_N = (
                x[going_on] for x in (alive_N, ids_NT, log_probs_N, last_N)
            )
    return [h for h in found if h is not None]
