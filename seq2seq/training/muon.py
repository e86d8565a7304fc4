"""Muon: momentum whose update is made orthogonal, for the hidden matrices of a network.

Jordan et al. 2024 (https://kellerjordan.github.io/posts/muon), with the scale of Liu et al. 2025
(arXiv 2502.16982). ``torch.optim.Muon`` iterates in bf16, which CPUs without bf16 arithmetic do
many times slower than float32; this one iterates in float32 there, and over all matrices of a
shape at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

QUINTIC = (3.4445, -4.7750, 2.0315)  # drives singular values from (0, 1] to about 1
ITERATIONS = 5


def orthogonalize(matrices_NRC: Tensor) -> Tensor:
    """(N, R, C) matrices U S Vᵀ to nearly U Vᵀ each, by Newton-Schulz iteration."""
    a, b, c = QUINTIC
    tall = matrices_NRC.shape[1] > matrices_NRC.shape[2]
    x = matrices_NRC.mT if tall else matrices_NRC
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)  # aX + (bXXᵀ + c(XXᵀ)²)X
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, times 0.2 √max(R, C): updates as large as AdamW's."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        """Take matrices only."""
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every matrix from its gradient."""
        assert closure is None
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes[parameter.shape].append(parameter)
            for parameters in shapes.values():
                self._update(parameters, group)

    def _update(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        """Update all matrices of one shape."""
        momentum, directions = group["momentum"], []
        for parameter in parameters:
            gradient = parameter.grad
            assert gradient is not None
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            directions.append(
                gradient.lerp(state["momentum"].lerp_(gradient, 1 - momentum), momentum)
            )
        scale = group["lr"] * 0.2 * max(parameters[0].shape) ** 0.5
        for parameter, update in zip(
            parameters, orthogonalize(torch.stack(directions)), strict=True
        ):
            parameter.mul_(1 - group["lr"] * group["weight_decay"])
            parameter.sub_(update, alpha=scale)
