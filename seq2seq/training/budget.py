"""Minutes as steps."""

from __future__ import annotations

from seq2seq.config import TrainingConfig
from seq2seq.training.checkpoint import Progress


def affordable_steps(progress: Progress, options: TrainingConfig, validation_seconds: float) -> int:
    """Steps in all that ``max_minutes`` has time for, at the speed so far.

    Args:
        progress: Updates done and the seconds they took, not counting the last validation.
        options: ``max_minutes``, and how often to validate.
        validation_seconds: What one validation takes; it is part of the budget.
    """
    assert options.max_minutes is not None
    left = options.max_minutes * 60 - progress.seconds - validation_seconds
    per_step = (
        progress.step_seconds / progress.step + validation_seconds / options.validate_every_steps
    )
    return progress.step + max(1, int(left / per_step))
