"""AdamW, the learning-rate schedule, and the averaged model."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from seq2seq.config import Schedule, TrainingConfig


def build_optimizer(model: nn.Module, config: TrainingConfig) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter 2019) that decays matrices, not biases and norms."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    beta1, beta2 = config.adam_betas
    return torch.optim.AdamW(
        groups, lr=config.learning_rate, betas=(beta1, beta2), eps=1e-9, fused=True
    )


def learning_rate(step: int, total_steps: int | None, config: TrainingConfig) -> float:
    """Learning rate of the update after ``step`` updates: linear warm-up, then the schedule.

    Args:
        step: Updates done.
        total_steps: Updates in all; None while the budget is being planned, during warm-up.
        config: Peak, warm-up and schedule.
    """
    peak, warmup = config.learning_rate, config.warmup_steps
    if step < warmup:
        return peak * (step + 1) / warmup
    if config.schedule is Schedule.inverse_sqrt:
        return peak * math.sqrt(warmup / (step + 1))
    if config.schedule is Schedule.constant or total_steps is None:
        return peak
    return peak * max(0.0, (total_steps - step) / max(1, total_steps - warmup))


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """Exponential moving average of the weights (Polyak & Juditsky 1992).

    The decay grows with the number n of updates, min(decay, (1 + n) / (10 + n)), so that early
    averages forget the random start.
    """

    def update(average: Tensor, current: Tensor, n: Tensor | int) -> Tensor:
        keep = min(decay, (1 + int(n)) / (10 + int(n)))
        return torch.lerp(average, current, 1 - keep)

    return AveragedModel(model, avg_fn=update)
