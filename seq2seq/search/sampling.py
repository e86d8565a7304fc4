"""Sampling: translations drawn at random, from all of the distribution or from its likelier part.

Each sentence has W slots, which are drawn independently. The random numbers are those of the
sentence, drawn before the first step: what it gets depends on neither its batch nor its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import torch
from torch import Tensor

from seq2seq.search.hypothesis import Hypothesis, Penalty, S, Step, hypothesis


@dataclass(frozen=True)
class Distribution:
    """Which distribution is drawn from, made of the model's p in this order.

    Attributes:
        temperature: p ** (1 / temperature), normalised.
        top_k: Only the k likeliest ids (Fan et al. 2018); 0 is off.
        top_p: Only the likeliest that together have this probability: the nucleus (Holtzman et al.
            2020); 1 is off.
        epsilon: Only ids of at least this probability, or the likeliest (Hewitt et al. 2022).
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    epsilon: float = 0.0

    def weights(self, log_probs_V: Tensor) -> Tensor:
        """(…, V) log-probabilities to the weights (…, V), of any sum, of a draw."""
        logits_V = log_probs_V / self.temperature
        if 0 < self.top_k < logits_V.shape[-1]:
            best = logits_V.topk(self.top_k)
            logits_V = torch.full_like(logits_V, -torch.inf).scatter(-1, best.indices, best.values)
        probs_V = logits_V.softmax(dim=-1)
        if self.top_p < 1:
            sorted_V, order_V = probs_V.sort(dim=-1, descending=True)
            likelier_V = sorted_V.cumsum(dim=-1) - sorted_V  # of the ids before each
            nucleus_V = sorted_V.masked_fill(likelier_V >= self.top_p, 0)
            probs_V = torch.zeros_like(probs_V).scatter(-1, order_V, nucleus_V)
        if self.epsilon:
            least_1 = probs_V.amax(dim=-1, keepdim=True).clamp(max=self.epsilon)
            probs_V = probs_V.masked_fill(probs_V < least_1, 0)
        return probs_V


def uniforms(
    src_ids: Sequence[Sequence[int]], seed: int, samples: int, limits: Sequence[int]
) -> Tensor:
    """(N, W, T) numbers in (0, 1], for N sentences, W samples, and T steps.

    They depend on the seed, the sentence's own ids and its own length limit alone; further samples
    leave the first ones as they were.
    """
    numbers_NWT = torch.ones(len(src_ids), samples, max(limits))
    for row, (ids, limit) in enumerate(zip(src_ids, limits, strict=True)):
        digest = blake2b(repr((seed, list(ids))).encode(), digest_size=8).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest, "big", signed=True))
        numbers_NWT[row, :, :limit] = 1 - torch.rand(samples, limit, generator=generator)
    return numbers_NWT


def draw(weights_NWV: Tensor, uniforms_NW: Tensor) -> Tensor:
    """One id (N, W) of each distribution, by inverting its cumulative sum.

    The first id whose sum reaches u · total, for u in (0, 1], has a weight above 0 itself, rounded
    as it may be.
    """
    sums_NWV = weights_NWV.cumsum(dim=-1)
    goal_NW1 = uniforms_NW[..., None].to(sums_NWV.dtype) * sums_NWV[..., -1:]
    return torch.searchsorted(sums_NWV, goal_NW1)[..., 0]


def sample(
    step: Step[S],
    state: S,
    limits_N: Tensor,
    uniforms_NWT: Tensor,
    distribution: Distribution,
    *,
    penalty: Penalty,
    bos_id: int,
    eos_id: int,
) -> list[list[Hypothesis]]:
    """Draw W translations of each of N sentences.

    Args:
        step: The model.
        state: Its state before the first step, of N sentences with W beams.
        limits_N: Most ids for each sentence, ``</s>`` included.
        uniforms_NWT: Random numbers for every step.
        distribution: What is drawn from.
        penalty: Of the length, in the reported score.
        bos_id: Id that starts every sequence.
        eos_id: Id that ends a sequence.

    Returns:
        For each sentence its W samples in the order of drawing; equal ones are all there, and their
        log-probabilities are those of the model itself, whatever the distribution.
    """
    n, samples = uniforms_NWT.shape[:2]
    found: list[list[Hypothesis]] = [[] for _ in range(n)]
    alive_N = torch.arange(n, device=limits_N.device)
    ids_NWT = limits_N.new_empty(n, samples, 0)
    total_NW = uniforms_NWT.new_zeros(n, samples)
    ended_NW = torch.zeros(n, samples, dtype=torch.bool, device=limits_N.device)
    last_NW = limits_N.new_full((n, samples), bos_id)
    while len(alive_N):
        log_probs_NWV = step(last_NW, state)
        numbers_NW = uniforms_NWT[alive_N, :, ids_NWT.shape[2]]
        last_NW = draw(distribution.weights(log_probs_NWV), numbers_NW)
        last_NW = last_NW.masked_fill(ended_NW, eos_id)  # drawn to no purpose
        gained_NW = log_probs_NWV.gather(-1, last_NW[..., None])[..., 0]
        total_NW = total_NW.to(gained_NW.dtype) + gained_NW.masked_fill(ended_NW, 0)
        ids_NWT = torch.cat([ids_NWT, last_NW[..., None]], dim=2)
        ended_NW = ended_NW | (last_NW == eos_id)
        done_N = ended_NW.all(dim=1) | (ids_NWT.shape[2] >= limits_N[alive_N])
        for row in done_N.nonzero().flatten().tolist():
            drawn = zip(ids_NWT[row].tolist(), total_NW[row].tolist(), strict=True)
            found[int(alive_N[row])] = [
                hypothesis(until(ids, eos_id), total, penalty, finished=eos_id in ids)
                for ids, total in drawn
            ]
        if done_N.any():
            rows = (~done_N).nonzero().flatten()
            state.keep(rows)
            alive_N, ids_NWT, total_NW, ended_NW, last_NW = (
                x[rows] for x in (alive_N, ids_NWT, total_NW, ended_NW, last_NW)
            )
    return found


def until(ids: list[int], eos_id: int) -> list[int]:
    """The ids before ``</s>``, or all."""
    return ids[: ids.index(eos_id)] if eos_id in ids else ids
