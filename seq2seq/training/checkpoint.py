"""Training state on disk: all that is needed to go on as if nothing had happened."""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from seq2seq.errors import UserError, first_line
from seq2seq.run import write_atomically
from seq2seq.training.distributed import World

Parts = dict[str, nn.Module | torch.optim.Optimizer]
ACCELERATORS = {"cuda": torch.cuda, "mps": torch.mps}  # whose random numbers are their own
DAMAGE = (RuntimeError, KeyError, ValueError, TypeError, EOFError, pickle.UnpicklingError)


@dataclass(frozen=True)
class StepStats:
    """Sums of one update, in nats, and the norm of its gradient before clipping."""

    loss: float
    nll: float
    tokens: int
    grad_norm: float


@dataclass
class Progress:
    """How far training is: counters only.

    Attributes:
        step: Updates done.
        epoch: Epoch of the next batch.
        batch: Its position in the epoch.
        total_steps: Budget in updates; None until ``max_minutes`` is turned into steps.
        tokens: Target tokens trained on.
        seconds: Wall time of training, over all sittings.
        step_seconds: The part of it that was spent in updates, data included.
        best_bleu: Best validation BLEU; below 0 before the first.
        best_step: The step it was reached at.
        stale_validations: Validations since then.
        last_validation: Step of the last validation, so that none is repeated on resuming.
        window: Sums since the last line of the log: loss, nll, tokens.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    total_steps: int | None = None
    tokens: int = 0
    seconds: float = 0.0
    step_seconds: float = 0.0
    best_bleu: float = -1.0
    best_step: int = 0
    stale_validations: int = 0
    last_validation: int = -1
    window: tuple[float, float, int] = (0.0, 0.0, 0)


def save_checkpoint(
    path: Path, progress: Progress, parts: Parts, device: torch.device, world: World
) -> None:
    """Write progress, the state of every part, and every process's random number generators."""
    generators = {"cpu": torch.get_rng_state()}
    if device.type in ACCELERATORS:
        generators[device.type] = ACCELERATORS[device.type].get_rng_state()
    all_generators = world.gather(generators)

    def write() -> None:
        content = {
            "progress": asdict(progress),
            "parts": {name: part.state_dict() for name, part in parts.items()},
            "generators": all_generators,
        }
        write_atomically(path, lambda partial: torch.save(content, partial))

    world.on_main(write)


def load_checkpoint(path: Path, parts: Parts, device: torch.device, world: World) -> Progress:
    """Restore the parts and this process's generators in place, and return the progress.

    Raises:
        UserError: The checkpoint is damaged, of another model, or of another number of processes.
    """
    content = world.on_main(lambda: read_checkpoint(path, world.size))
    try:
        for name, part in parts.items():
            part.load_state_dict(content["parts"][name])
        generators = content["generators"][world.rank]
        torch.set_rng_state(generators.pop("cpu"))
        if device.type in generators:
            ACCELERATORS[device.type].set_rng_state(generators[device.type])
        return Progress(**content["progress"])
    except DAMAGE as error:
        raise UserError(
            f"{path} is damaged or of another model or version, train a new run: "
            f"{first_line(error)}"
        ) from error


def read_checkpoint(path: Path, processes: int) -> dict[str, Any]:
    """The content of a checkpoint that as many processes have written.

    Raises:
        UserError: It is damaged, or of another number of processes.
    """
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        wrote = len(content["generators"])
    except DAMAGE as error:
        raise UserError(f"{path} is damaged or too old: {first_line(error)}") from error
    if wrote != processes:
        raise UserError(
            f"{path.parent} was trained by {wrote} process(es) and goes on with as many only, "
            f"not with {processes}: see torchrun --nproc-per-node"
        )
    return content
