"""Losses, as sums: whoever adds them up divides once, by all tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class LossSum:
    """Sums over N target tokens.

    Attributes:
        loss: What is minimised.
        nll: Negative log-likelihood in nats; its mean is the logarithm of the perplexity.
    """

    loss: Tensor
    nll: Tensor


def smoothed_cross_entropy(logits_NV: Tensor, targets_N: Tensor, smoothing: float) -> LossSum:
    """Cross-entropy against (1 − ε) one-hot + ε uniform (Szegedy et al. 2016, section 7).

    −Σ q log p = (1 − ε)(lse − z_target) + ε (lse − mean z), with lse the log-sum-exp of logits z.
    """
    logits_NV = logits_NV.float() if logits_NV.dtype is not torch.float64 else logits_NV
    lse_N = logits_NV.logsumexp(dim=-1)
    nll = (lse_N - logits_NV.gather(-1, targets_N[:, None])[:, 0]).sum()
    if not smoothing:
        return LossSum(nll, nll.detach())
    uniform = (lse_N - logits_NV.mean(dim=-1)).sum()
    return LossSum((1 - smoothing) * nll + smoothing * uniform, nll.detach())


def guided_alignment_loss(weights_BTS: Tensor, guide_BTS: Tensor) -> Tensor:
    """−Σ G log A over all rows: cross-entropy of attention A against links G (Garg et al. 2019).

    Garg et al. guide the row that predicts a word; here it is the row that has read it (the input
    reading of Chen et al. 2020), which knows the word that it asks about.

    Args:
        weights_BTS: Attention weights of the guided head; rows sum to 1.
        guide_BTS: Distributions over the source; rows of zeros teach nothing.
    """
    tiny = torch.finfo(weights_BTS.dtype).tiny
    return -(guide_BTS * weights_BTS.clamp(min=tiny).log()).sum()
