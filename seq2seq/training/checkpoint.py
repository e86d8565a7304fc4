"""Training state on disk: all that is needed to go on as if nothing had happened."""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from seq2seq.errors import UserError
from seq2seq.run import first_line, write_atomically


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
    path: Path, progress: Progress, parts: dict[str, nn.Module | torch.optim.Optimizer]
) -> None:
    """Write progress, the state of every part, and the random number generators."""
    content = {
        "progress": asdict(progress),
        "parts": {name: part.state_dict() for name, part in parts.items()},
        "rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    write_atomically(path, lambda partial: torch.save(content, partial))


def load_checkpoint(path: Path, parts: dict[str, Any], device: torch.device) -> Progress:
    """Restore the parts and the generators in place, and return the progress.

    Raises:
        UserError: There is no checkpoint, or it is damaged or of another model.
    """
    if not path.is_file():
        raise UserError(f"{path.parent} has no checkpoint to resume from: train it anew")
    try:
        content = torch.load(path, map_location=device, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(content["parts"][name])
        torch.set_rng_state(content["rng"].cpu())
        if content["cuda_rng"] and device.type == "cuda":
            torch.cuda.set_rng_state_all([state.cpu() for state in content["cuda_rng"]])
        return Progress(**content["progress"])
    except (
        RuntimeError,
        KeyError,
        ValueError,
        TypeError,
        EOFError,
        pickle.UnpicklingError,
    ) as error:
        raise UserError(f"{path} is damaged or of another model: {first_line(error)}") from error
