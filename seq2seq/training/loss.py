"""Losses, as sums: whoever adds them up divides once, by all tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

CPU_ROWS, GPU_ROWS = 512, 16_384  # tokens whose logits exist at a time: what fits a cache, a GPU


@dataclass(frozen=True)
class LossSum:
    """Sums over N target tokens.

    Attributes:
        loss: What is minimised.
        nll: Negative log-likelihood in nats; its mean is the logarithm of the perplexity.
    """

    loss: Tensor
    nll: Tensor


def smoothed_cross_entropy(
    hidden_ND: Tensor, table_VD: Tensor, targets_N: Tensor, smoothing: float
) -> LossSum:
    """Cross-entropy against (1 − ε) one-hot + ε uniform (Szegedy et al. 2016, section 7).

    The vocabulary is the dearest part of a small model: N×V logits are made, read and overwritten
    chunk by chunk, while they are in the cache, and never exist all at once.

    Args:
        hidden_ND: Final decoder states of N target tokens.
        table_VD: Output projection; the logits are ``hidden_ND @ table_VD.T``.
        targets_N: Ids to predict.
        smoothing: ε.
    """
    wanted = torch.is_grad_enabled()  # which forward below cannot know
    sums = _ChunkedCrossEntropy.apply(hidden_ND, table_VD, targets_N, smoothing, wanted)  # type: ignore[no-untyped-call]
    return LossSum(*sums)


class _ChunkedCrossEntropy(torch.autograd.Function):
    """Loss and gradients of a chunk of rows in one go.

    With p the softmax of the logits z and q the smoothed target, −Σ q log p has the gradient p − q
    by z. It is at hand when the loss is, so forward computes the gradients as well, and backward
    only scales them.

    What takes time beside the products is to go through R×V numbers, so it is done as seldom as can
    be. The softmax e / s is never divided out: s divides the rows that e is multiplied with. The
    uniform part ε / V of q is a product with a constant: of the table with 1 / V its mean, of the
    states with 1 their sum.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden_ND: Tensor,
        table_VD: Tensor,
        targets_N: Tensor,
        smoothing: float,
        wanted: bool,
    ) -> tuple[Tensor, Tensor]:
        rows = CPU_ROWS if hidden_ND.device.type == "cpu" else GPU_ROWS
        mean_D = table_VD.mean(dim=0)
        if wanted:
            grad_hidden_ND, grad_table_VD = torch.empty_like(hidden_ND), torch.zeros_like(table_VD)
        nll, uniform = table_VD.new_zeros(()), table_VD.new_zeros(())
        for start in range(0, len(hidden_ND), rows):
            chunk_RD = hidden_ND[start : start + rows]
            targets_R1 = targets_N[start : start + rows, None]
            z_RV = F.linear(chunk_RD, table_VD).to(table_VD.dtype)
            chosen_R1 = z_RV.gather(1, targets_R1)
            most_R1 = z_RV.amax(dim=1, keepdim=True)
            e_RV = z_RV.sub_(most_R1).exp_()
            s_R1 = e_RV.sum(dim=1, keepdim=True)
            log_sum_R1 = s_R1.log() + most_R1
            nll = nll + (log_sum_R1 - chosen_R1).sum()
            uniform = uniform + log_sum_R1.sum() - (chunk_RD * mean_D).sum()
            if not wanted:
                continue
            e_RV.scatter_add_(1, targets_R1, (smoothing - 1) * s_R1)
            grad_hidden_ND[start : start + rows] = e_RV @ table_VD / s_R1 - smoothing * mean_D
            grad_table_VD += e_RV.T @ (chunk_RD / s_R1)
        if wanted:
            grad_table_VD -= smoothing / len(table_VD) * hidden_ND.sum(dim=0)
            ctx.save_for_backward(grad_hidden_ND, grad_table_VD)
        ctx.mark_non_differentiable(nll)
        return (1 - smoothing) * nll + smoothing * uniform, nll

    @staticmethod
    def backward(ctx: Any, *scales: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        grad_hidden_ND, grad_table_VD = ctx.saved_tensors
        return scales[0] * grad_hidden_ND, scales[0] * grad_table_VD, None, None, None


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
