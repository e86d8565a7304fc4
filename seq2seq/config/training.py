"""Budget, batches, optimizer, and what alignments are learned from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from seq2seq.options import option, require


class Schedule(Enum):
    """What the learning rate does after its linear warm-up."""

    linear = "linear"
    inverse_sqrt = "inverse_sqrt"
    constant = "constant"


class Precision(Enum):
    """Arithmetic of the forward pass; ``auto`` is bf16 on CUDA devices that have it."""

    auto = "auto"
    float32 = "float32"
    bf16 = "bf16"


@dataclass(kw_only=True)
class TrainingConfig:
    """Budget, batches, optimizer, and how often things happen."""

    max_steps: int = option(1500, "Budget in optimizer steps, unless one of the next two is given.")
    max_epochs: float | None = option(None, "Budget in passes over the training pairs.")
    max_minutes: float | None = option(
        None, "Budget in minutes; fixes the number of steps once, after warm-up."
    )
    batch_tokens: int = option(
        2048, "Batch size in tokens of the longer side, padding included (all micro-batches)."
    )
    accumulate: int = option(1, "Micro-batches summed into one optimizer step.")
    learning_rate: float = option(0.004, "Peak learning rate of AdamW.")
    muon_learning_rate: float = option(
        0.012, "Peak learning rate of Muon for the hidden matrices; 0 leaves them to AdamW."
    )
    warmup_steps: int = option(100, "Steps of linear warm-up to the peak learning rate.")
    schedule: Schedule = option(Schedule.linear, "Learning rate after warm-up (linear: to zero).")
    weight_decay: float = option(0.01, "Decoupled weight decay of the matrices.")
    adam_betas: list[float] = option([0.9, 0.98], "AdamW's decay rates of both moments.")
    clip_norm: float = option(1.0, "Largest gradient norm; 0 is off.")
    label_smoothing: float = option(0.1, "Probability mass spread over the vocabulary.")
    ema_decay: float = option(0.998, "Decay of the averaged model; it is evaluated and saved.")
    validate_every_steps: int = option(250, "Steps between validations.")
    validation_sentences: int = option(500, "Sentences translated at most for validation BLEU.")
    patience: int = option(10, "Validations without a better BLEU before stopping; 0 is off.")
    save_every_steps: int = option(250, "Steps between checkpoints.")
    log_every_steps: int = option(20, "Steps between lines in the log.")
    precision: Precision = option(Precision.auto, "float32, or bf16 autocast where it pays.")
    compile: bool = option(False, "Compile the model with torch.compile (pays on long GPU runs).")

    def __post_init__(self) -> None:
        """Refuse budgets and rates that make no sense."""
        require(
            self.max_epochs is None or self.max_minutes is None,
            "training.max_epochs and training.max_minutes exclude each other: give one budget",
        )
        for budget in (self.max_steps, self.max_epochs, self.max_minutes):
            require(budget is None or budget > 0, "the training budget must be above 0")
        for name in (
            "batch_tokens", "accumulate", "warmup_steps", "validate_every_steps",
            "validation_sentences", "save_every_steps", "log_every_steps",
        ):  # fmt: skip
            require(getattr(self, name) >= 1, f"training.{name} must be at least 1")
        require(self.learning_rate > 0, "training.learning_rate must be above 0")
        require(self.muon_learning_rate >= 0, "training.muon_learning_rate must be at least 0")
        require(len(self.adam_betas) == 2, "training.adam_betas takes two numbers")
        require(
            all(0 <= beta < 1 for beta in self.adam_betas), "training.adam_betas must be in [0, 1)"
        )
        for name in ("weight_decay", "clip_norm", "patience"):
            require(getattr(self, name) >= 0, f"training.{name} must be at least 0")
        require(0 <= self.label_smoothing < 1, "training.label_smoothing must be in [0, 1)")
        require(0 <= self.ema_decay < 1, "training.ema_decay must be in [0, 1)")


@dataclass(kw_only=True)
class AlignmentConfig:
    """Word alignments: how they are measured, and what one head may learn them from."""

    gold: str | None = option(
        None, "Gold links that choose the aligning heads: NAME of NAME.src-tgt and NAME.gold."
    )
    guide_weight: float = option(
        0.2, "Weight of the lesson that a head learns data.links, beside the translation loss."
    )
    guide_layer: int | None = option(
        None, "Decoder block of the guided head, counted from 1; null: the middle one."
    )

    def __post_init__(self) -> None:
        """Refuse a lesson that teaches nothing."""
        require(self.guide_weight > 0, "alignment.guide_weight must be above 0")
