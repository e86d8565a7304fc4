"""Check a GPU against the CPU, and measure it: the same losses, the same translations, how fast.

A short run of one seed, without dropout, is trained on the CPU in float32, then on the device in
float32 and in bf16. Afterwards both decode validation sentences with the weights that the CPU made.
Options of `seq2seq train` choose corpus, model and batches; losses must agree within 0.1 % in
float32 and 2 % in bf16, at least 98 % of the translations must be the same, and their scores too.

    python scripts/gpu_check.py                                      # CUDA, starter corpus
    python scripts/gpu_check.py model=small training.batch_tokens=16384 training.compile=true
    python scripts/gpu_check.py --device cpu --steps 5               # where there is no GPU

Exit code: 0 if all agree, 1 if something differs, 2 if there is no such device.
"""

from __future__ import annotations

import argparse
import copy
import math
import sys
import tempfile
import time
from dataclasses import dataclass, fields
from pathlib import Path

import torch

from seq2seq.cli.hydra_command import options_of
from seq2seq.config import DecodingConfig, Device, Precision, TrainConfig
from seq2seq.data.corpus import Corpus, prepare
from seq2seq.device import fast_products, peak_memory_bytes, pick_device
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.training.loop import Trainer
from seq2seq.translation import Translation
from seq2seq.translator import Translator

CPU = torch.device("cpu")
LOSS_TOLERANCE = {Precision.float32: 1e-3, Precision.bf16: 2e-2}  # relative
SCORE_TOLERANCE = 1e-3  # nats, after the length penalty
SAME = 0.98  # share of translations; the rest may hang on a tie


@dataclass(frozen=True)
class Trained:
    """A short training: loss per token of every step, in nats, and what it cost."""

    trainer: Trainer
    losses: list[float]
    tokens_per_second: float
    peak_bytes: int

    def difference(self, other: Trained) -> float:
        """Largest relative difference of a step's loss."""
        pairs = zip(self.losses, other.losses, strict=True)
        differences = [abs(mine - its) / its for mine, its in pairs]
        return math.nan if any(map(math.isnan, differences)) else max(differences)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", type=Device, default=Device.cuda, help="cuda, mps or cpu")
    parser.add_argument("--steps", type=int, default=40, help="updates of each training")
    parser.add_argument("--sentences", type=int, default=100, help="how many are translated")
    parser.add_argument("options", nargs="*", help="options of seq2seq train, NAME=VALUE")
    chosen = parser.parse_intermixed_args(arguments)
    try:
        device = pick_device(chosen.device)
        config = options_of("train", TrainConfig, [*chosen.options, "decoding=beam"])
        corpus = prepare(config.data, config.tokenizer)
    except UserError as error:
        print(f"gpu_check: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        reference, agree = compare_losses(config, corpus, device, chosen.steps, Path(folder))
    texts = corpus.validation[: chosen.sentences]["src"]
    agree &= compare_translations(reference.trainer, texts, device)
    print("all agree" if agree else "FAILED: see the lines marked with !")
    return 0 if agree else 1


def compare_losses(
    config: TrainConfig, corpus: Corpus, device: torch.device, steps: int, folder: Path
) -> tuple[Trained, bool]:
    """Train three times and print a table; the CPU's training, and whether all losses agree."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    print(f"{name}: {steps} steps of {config.training.batch_tokens:,} tokens, seed {config.seed}")
    print(f"{'':12} first loss  last loss   difference   target tokens/s   peak memory")
    reference = train(plain(config, Precision.float32), corpus, CPU, steps, folder / "reference")
    print(row("cpu float32", reference, ""))
    agree = True
    for precision, tolerance in LOSS_TOLERANCE.items():
        chosen = plain(config, precision, compiled=config.training.compile)
        try:
            trained = train(chosen, corpus, device, steps, folder / precision.value)
        except UserError:
            print(f"{device.type} {precision.value}: the loss or its gradient is not finite !")
            agree = False
            continue
        difference = trained.difference(reference)
        failed = not difference <= tolerance  # NaN fails
        agree &= not failed
        text = f"{difference:.6f}{' !' if failed else ''}"
        print(row(f"{device.type} {precision.value}", trained, text))
    return reference, agree


def plain(config: TrainConfig, precision: Precision, *, compiled: bool = False) -> TrainConfig:
    """The same training without dropout, whose draws differ from device to device."""
    config = copy.deepcopy(config)
    for field in fields(config.model):
        if "dropout" in field.name:
            setattr(config.model, field.name, 0.0)
    config.training.precision, config.training.compile = precision, compiled
    return config


def train(
    config: TrainConfig, corpus: Corpus, device: torch.device, steps: int, folder: Path
) -> Trained:
    """Train from the seed; speed is that of the second half."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    trainer = Trainer(Run.create(folder, config), corpus, device)
    trainer.model.train()
    losses, tokens, started = [], 0, 0.0
    batches = trainer.batches()
    with fast_products(config.training.precision, device):
        for step in range(steps):
            if step == steps // 2:
                tokens, started = 0, now(device)
            stats = trainer.train_step(next(batches)[2])
            trainer.progress.step += 1
            tokens += stats.tokens
            losses.append(stats.loss / stats.tokens)
    speed = tokens / (now(device) - started)
    return Trained(trainer, losses, speed, peak_memory_bytes(device))


def now(device: torch.device) -> float:
    """Seconds, when the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def row(name: str, trained: Trained, difference: str) -> str:
    """A line of the table."""
    return (
        f"{name:12} {trained.losses[0]:10.4f} {trained.losses[-1]:10.4f} {difference:>12} "
        f"{trained.tokens_per_second:17,.0f} {trained.peak_bytes / 1e9:10.2f} GB"
    )


def compare_translations(trainer: Trainer, texts: list[str], device: torch.device) -> bool:
    """Translate with the same weights on both devices; whether translations and scores agree."""
    translators = [
        Translator(copy.deepcopy(trainer.model).to(where), trainer.corpus.tokenizer,
                   trainer.config.data.cleaning)
        for where in (CPU, device)
    ]  # fmt: skip
    print(f"{'':8} same translations   largest difference of scores   seconds cpu   {device.type}")
    agree = True
    for beam in (1, 5):
        found, seconds = [], []
        for translator in translators:
            started = now(translator.device)
            found.append(translator.translate(texts, DecodingConfig(beam=beam)))
            seconds.append(now(translator.device) - started)
        same, difference = likeness(*found)
        failed = same < SAME * len(texts) or not difference <= SCORE_TOLERANCE  # NaN fails
        agree &= not failed
        mark = "!" if failed else " "
        print(
            f"beam {beam:<3} {same:7} of {len(texts):<7} {difference:26.6f} {mark}"
            f"{seconds[0]:13.2f} {seconds[1]:7.2f}"
        )
    return agree


def likeness(first: list[Translation], second: list[Translation]) -> tuple[int, float]:
    """How many translations are the same, and the largest difference of the scores of these."""
    differences = [
        abs(a.candidates[0].score - b.candidates[0].score)
        for a, b in zip(first, second, strict=True)
        if a.candidates and b.candidates and a.candidates[0].ids == b.candidates[0].ids
    ]
    blank = sum(not a.candidates for a in first)
    return len(differences) + blank, max(differences, default=0.0)


if __name__ == "__main__":
    sys.exit(main())
