"""Beam search with a length penalty, n-best lists, and a stopping rule that loses nothing.

Each sentence has W slots. At every step the best extensions of its live beams fill its open slots;
an extension that is ``</s>`` becomes a finished hypothesis and closes its slot for good. With one
slot this is greedy search.

That only W beams survive a step is a heuristic, as in every beam search. When to stop is not: see
``is_done``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq.search.hypothesis import Hypothesis, Penalty, S, Step, hypothesis

DEAD = float("-inf")  # log-probability of a slot that holds no live beam


@dataclass
class BeamState:
    """The live beams of the N sentences still searched.

    Attributes:
        sentence_N: (N,) int64, number of each sentence in the whole batch.
        ids_NWT: (N, W, T) int64, what every beam has written.
        log_probs_NW: (N, W) float, Σ log p of it; −inf where a slot holds no live beam.
        last_NW: (N, W) int64, last id of every beam.
    """

    sentence_N: Tensor
    ids_NWT: Tensor
    log_probs_NW: Tensor
    last_NW: Tensor

    @classmethod
    def start(cls, n: int, beams: int, bos_id: int, device: torch.device) -> BeamState:
        """One live beam a sentence, which has written nothing."""
        log_probs_NW = torch.full((n, beams), DEAD, device=device)
        log_probs_NW[:, 0] = 0.0
        return cls(
            sentence_N=torch.arange(n, device=device),
            ids_NWT=torch.empty(n, beams, 0, dtype=torch.int64, device=device),
            log_probs_NW=log_probs_NW,
            last_NW=torch.full((n, beams), bos_id, device=device),
        )

    def keep(self, rows: Tensor) -> BeamState:
        """The same for some of the N sentences."""
        return BeamState(
            self.sentence_N[rows], self.ids_NWT[rows], self.log_probs_NW[rows], self.last_NW[rows]
        )


def beam_search(
    step: Step[S],
    state: S,
    limits_N: Tensor,
    *,
    beams: int,
    n_best: int,
    penalty: Penalty,
    bos_id: int,
    eos_id: int,
) -> list[list[Hypothesis]]:
    """Search N sentences; a sentence leaves the batch as soon as its n-best list is certain.

    Args:
        step: The model.
        state: Its state before the first step, of N sentences with ``beams`` beams.
        limits_N: Most ids for each sentence, ``</s>`` included.
        beams: Slots W of each sentence.
        n_best: Hypotheses to return for each sentence, at most W.
        penalty: Of the length.
        bos_id: Id that starts every sequence.
        eos_id: Id that ends a sequence.

    Returns:
        For each sentence its best hypotheses, best first.
    """
    found: list[list[Hypothesis]] = [[] for _ in limits_N]
    live = BeamState.start(len(limits_N), beams, bos_id, limits_N.device)
    while len(live.sentence_N):
        parents_NW = extend(live, step(live.last_NW, state), found, beams)
        collect_ended(live, found, eos_id, penalty)
        done_N = is_done(live, found, limits_N, n_best, penalty)
        if done_N.any():
            rows = (~done_N).nonzero().flatten()
            state.keep(rows)
            live, parents_NW = live.keep(rows), parents_NW[rows]
        if beams > 1:
            state.reorder(parents_NW)
    return [sorted(h, key=lambda x: -x.score)[:n_best] for h in found]


def extend(
    live: BeamState, log_probs_NWV: Tensor, found: list[list[Hypothesis]], beams: int
) -> Tensor:
    """Fill the open slots with the best extensions; return the beam (N, W) each one extends."""
    top_NWW, ids_NWW = log_probs_NWV.topk(min(beams, log_probs_NWV.shape[-1]))  # of each beam
    total_NWW = live.log_probs_NW[..., None] + top_NWW
    best_NW, flat_NW = total_NWW.flatten(1).topk(beams)
    parents_NW = flat_NW // top_NWW.shape[-1]
    open_N = beams - torch.tensor([len(found[s]) for s in live.sentence_N.tolist()])
    closed_NW = torch.arange(beams) >= open_N[:, None]
    live.log_probs_NW = best_NW.masked_fill(closed_NW.to(best_NW.device), DEAD)
    live.last_NW = ids_NWW.flatten(1).gather(1, flat_NW)
    history_NWT = live.ids_NWT.gather(
        1, parents_NW[..., None].expand(-1, -1, live.ids_NWT.shape[2])
    )
    live.ids_NWT = torch.cat([history_NWT, live.last_NW[..., None]], dim=2)
    return parents_NW


def collect_ended(
    live: BeamState, found: list[list[Hypothesis]], eos_id: int, penalty: Penalty
) -> None:
    """Turn the beams that have just written ``</s>`` into finished hypotheses."""
    ended_NW = (live.last_NW == eos_id) & (live.log_probs_NW > DEAD)
    for row, beam in ended_NW.nonzero().tolist():
        ids = live.ids_NWT[row, beam, :-1].tolist()
        log_prob = float(live.log_probs_NW[row, beam])
        found[int(live.sentence_N[row])].append(hypothesis(ids, log_prob, penalty, finished=True))
    live.log_probs_NW = live.log_probs_NW.masked_fill(ended_NW, DEAD)


def is_done(
    live: BeamState,
    found: list[list[Hypothesis]],
    limits_N: Tensor,
    n_best: int,
    penalty: Penalty,
) -> Tensor:
    """(N,) True where nothing that is still live can enter the n-best list.

    Proof: let a live beam have the log-probability l ≤ 0. What becomes of it has some length L of
    at most the limit, and a log-probability l' ≤ l, since each further factor is at most 1. The
    penalty is above 0 and never falls with the length: GNMT's ((5 + L) / 6) ** alpha and the
    normalising L ** alpha alike, for every alpha ≥ 0. So its score is

        l' / penalty(L)  ≤  l / penalty(L)  ≤  l / penalty(limit),

    the last because l is not above 0. If the n-th best finished hypothesis reaches that bound for
    the best live beam, it does for all, and the list is what it would be at the limit. A least
    length and a forced prefix only make factors 0, and an ensemble's mean of probabilities is one,
    so the proof holds for them; it would not for alpha < 0, which options refuse.

    At the length limit, what is live joins the list unfinished.
    """
    written = live.ids_NWT.shape[2]
    tensors = live.sentence_N, limits_N[live.sentence_N], live.log_probs_NW
    done = []
    for row, (sentence, limit, log_probs) in enumerate(
        zip(*(t.tolist() for t in tensors), strict=True)
    ):
        hypotheses, best = found[sentence], max(log_probs)
        if written >= limit:
            for ids, log_prob in zip(live.ids_NWT[row].tolist(), log_probs, strict=True):
                if log_prob > DEAD:
                    hypotheses.append(hypothesis(ids, log_prob, penalty, finished=False))
            done.append(True)
            continue
        scores = sorted((h.score for h in hypotheses), reverse=True)
        bound = best / penalty(limit)
        done.append(best == DEAD or (len(scores) >= n_best and scores[n_best - 1] >= bound))
    return torch.tensor(done, device=limits_N.device)
