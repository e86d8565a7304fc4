"""The optimizers, the learning-rate schedule, and the averaged model."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from seq2seq.config import Schedule, TrainingConfig
from seq2seq.training.muon import Muon

Tensors = tuple[Tensor, ...] | list[Tensor]


def build_optimizers(model: nn.Module, config: TrainingConfig) -> dict[str, torch.optim.Optimizer]:
    """AdamW (Loshchilov & Hutter 2019), and Muon for the hidden matrices if it is switched on.

    Matrices are decayed; biases and norms are not.
    """
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    tables = [m.weight for m in model.modules() if isinstance(m, nn.Embedding)]
    hidden = [m.weight for m in model.modules() if isinstance(m, nn.Linear)]
    optimizers: dict[str, torch.optim.Optimizer] = {}
    if config.muon_learning_rate:
        optimizers["muon"] = Muon(
            hidden, config.muon_learning_rate, weight_decay=config.weight_decay
        )
    else:
        tables += hidden
    beta1, beta2 = config.adam_betas
    optimizers["adamw"] = torch.optim.AdamW(
        [
            {"params": tables, "weight_decay": config.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
        betas=(beta1, beta2),
        eps=1e-9,
        fused=True,
    )
    for optimizer in optimizers.values():
        for group in optimizer.param_groups:
            group["peak_lr"] = group["lr"]
    return optimizers


def learning_rate_factor(step: int, total_steps: int | None, config: TrainingConfig) -> float:
    """What the peak learning rate is multiplied by after ``step`` updates.

    It grows linearly to 1 during warm-up, then follows the schedule.

    Args:
        step: Updates done.
        total_steps: Updates in all; None while the budget is being planned, during warm-up.
        config: Warm-up and schedule.
    """
    warmup = config.warmup_steps
    if step < warmup:
        return (step + 1) / warmup
    if config.schedule is Schedule.inverse_sqrt:
        return math.sqrt(warmup / (step + 1))
    if config.schedule is Schedule.constant or total_steps is None:
        return 1.0
    return max(0.0, (total_steps - step) / max(1, total_steps - warmup))


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """Exponential moving average of the weights (Polyak & Juditsky 1992).

    The decay grows with the number n of updates, min(decay, (1 + n) / (10 + n)), so that early
    averages forget the random start.
    """

    def update(averages: Tensors, currents: Tensors, n: Tensor | int) -> None:
        keep = min(decay, (1 + int(n)) / (10 + int(n)))
        get_ema_multi_avg_fn(keep)(averages, currents, n)

    return AveragedModel(model, multi_avg_fn=update)
