"""A corpus small enough to train on in a second, and the command that does it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

TINY = [
    "data=files", "data.root=.", "data.train=[train.tsv]", "data.validation=[held.tsv]",
    "data.test=[held.tsv]", "data.src_column=0", "data.tgt_column=1", "data.name=toy",
    "tokenizer.vocab_size=80", "model.width=32", "model.heads=2", "model.ffn_width=64",
    "model.encoder_layers=1", "model.decoder_layers=1", "training.batch_tokens=256",
    "training.warmup_steps=5", "training.log_every_steps=3", "device=cpu", "probes=[one two]",
    "alignment.gold=null",
]  # fmt: skip
OPTIONS = [
    *TINY, "training.max_steps=40", "training.validate_every_steps=8",
    "training.save_every_steps=8", "tokenizer.bpe_dropout=0.1", "model.dropout=0.2",
]  # fmt: skip
WORDS = "one two three four five six seven eight nine ten red blue".split()  # noqa: SIM905


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory) -> Path:
    """A working folder with a corpus of copied word sequences."""
    folder = tmp_path_factory.mktemp("toy")
    rng = random.Random(0)
    lines = {
        " ".join(rng.choices(WORDS, k=rng.randint(1, 6))) + "\t" + " ".join(rng.choices(WORDS, k=4))
        for _ in range(300)
    }
    rows = sorted(lines)
    (folder / "held.tsv").write_text("\n".join(rows[::10]) + "\n", "utf-8")
    (folder / "train.tsv").write_text("\n".join(r for i, r in enumerate(rows) if i % 10) + "\n")
    return folder


def seq2seq(folder: Path, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """Run the console command in ``folder``."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        text=True,
        capture_output=True,
        **options,
    )


COMMAND = [sys.executable, "-c", "from seq2seq.cli.main import main; main()"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


@pytest.fixture(scope="session")
def whole(toy_folder) -> Path:
    """An uninterrupted run of 40 steps with five validations."""
    answer = seq2seq(toy_folder, "train", "name=whole", *OPTIONS)
    assert answer.returncode == 0, answer.stderr
    folder = toy_folder / "runs" / "whole"
    assert (toy_folder / "runs" / "latest").resolve() == folder.resolve()
    return folder
