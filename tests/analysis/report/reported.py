"""A run folder with everything that a report shows, made without training."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from seq2seq.analysis.evaluation import evaluate
from seq2seq.analysis.probes import write_probes
from seq2seq.config import DecodingConfig
from seq2seq.run import Run
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SOURCES, REFERENCES = [src for src, _ in PAIRS], [tgt for _, tgt in PAIRS]
PROBES = {  # two sentences and what was made of them at three steps
    "Hello, how are you?": ["", "Bonjour\u00a0?", "Bonjour, comment allez-vous\u00a0?"],
    "Where is the station?": ["Où", "Où est la gare", "Où est la gare\u00a0?"],
}
STEPS = (20, 40, 60)
HEADS = [
    {"reading": "input", "layer": 0, "head": 1},
    {"reading": "output", "layer": 1, "head": None},
]
MANIFEST = {
    "pairs": {"train": 8, "extra": 0},
    "training_seconds": 90,
    "steps": 60,
    "best_step": 40,
    "device": "cpu",
    "written": "2026-01-02T03:04:05+00:00",
}


def copied_run(untrained: Path, folder: Path) -> Path:
    """The run alone: options, tokenizer, weights."""
    shutil.copytree(untrained, folder)
    return folder


def reported_run(untrained: Path, folder: Path) -> Path:
    """The same with a log, kept weights, an evaluation, a manifest and aligning heads."""
    copied_run(untrained, folder)
    translator, run = Translator.load(str(folder), device="cpu"), Run.open(folder)
    for number, step in enumerate(STEPS):
        pairs = [(src, made[number]) for src, made in PROBES.items()]
        write_probes(run, step, list(PROBES), [translator.align(*pair) for pair in pairs])
    evaluate(
        translator, SOURCES, [REFERENCES], DecodingConfig(beam=2), folder / "evaluation" / "test",
        bootstrap=20,
    )  # fmt: skip
    lines = [{"step": s, "train/loss": 5 - s / 20} for s in range(5, 61, 5)]
    lines += [{"step": s, **validation(s)} for s in STEPS]
    text = "".join(json.dumps(line) + "\n" for line in sorted(lines, key=lambda x: x["step"]))
    (folder / "metrics.jsonl").write_text(text, "utf-8")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
    alignment = {"heads": HEADS, "aer": 0.3, "gold": "gold"}
    (folder / "alignment.json").write_text(json.dumps(alignment), "utf-8")
    return folder


def validation(step: int) -> dict[str, float]:
    """Metrics of a validation; the figures of a head tell its numbers."""
    heads = [(block, head) for block in (1, 2) for head in (1, 2)]
    return {
        "validation/loss": 6 - step / 20,
        "validation/bleu": step / 2,
        "validation_aer/aligning_heads": 90.0 - step,
        "health/loss": 3.0,
        "health/loss_blind": 5.0,
        **{f"health_entropy/block{b}_head{h}": b + h / 10 for b, h in heads},
        **{f"health_loss_without/block{b}_head{h}": 3 + b + h / 10 for b, h in heads},
    }
