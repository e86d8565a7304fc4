"""Sampling: translations drawn at random, from all of the distribution or from its likelier part.

The random numbers of a sentence are drawn before the first step, from a generator of its own: what
it gets depends on neither its batch nor its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import torch
from torch import Tensor

from seq2seq.search.greedy import write
from seq2seq.search.hypothesis import Hypothesis, Penalty, S, Step


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


def draw(weights_NV: Tensor, uniforms_N: Tensor) -> Tensor:
    """One id (N,) of each distribution, by inverting its cumulative sum.

    The first id whose sum reaches u · total, for u in (0, 1], has a weight above 0 itself, rounded
    as it may be.
    """
    sums_NV = weights_NV.cumsum(dim=-1)
    goal_N1 = uniforms_N[:, None].to(sums_NV.dtype) * sums_NV[:, -1:]
    return torch.searchsorted(sums_NV, goal_N1)[:, 0]


def sample(
    step: Step[S],
    state: S,
    limits_N: Tensor,
    uniforms_NT: Tensor,
    distribution: Distribution,
    *,
    penalty: Penalty,
    bos_id: int,
    eos_id: int,
) -> list[Hypothesis]:
    """Draw a translation of each of N sentences (of which some may be the same).

    Args:
        step: The model.
        state: Its state before the first step, of N sentences with one beam.
        limits_N: Most ids for each sentence, ``</s>`` included.
        uniforms_NT: Random numbers for every step.
        distribution: What is drawn from.
        penalty: Of the length, in the reported score.
        bos_id: Id that starts every sequence.
        eos_id: Id that ends a sequence.

    Returns:
        The samples, with the log-probabilities of the model itself, whatever the distribution.
    """

    def drawn(log_probs_NV: Tensor, alive_N: Tensor, step: int) -> Tensor:
        return draw(distribution.weights(log_probs_NV), uniforms_NT[alive_N, step])

    return write(step, state, limits_N, drawn, penalty=penalty, bos_id=bos_id, eos_id=eos_id)
