"""What a run was made with, written beside it so that it can be judged and repeated."""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from seq2seq.data.corpus import Corpus
from seq2seq.errors import UserError
from seq2seq.run import Run, write_atomically

PACKAGES = ("torch", "sentencepiece", "sacrebleu", "datasets", "hydra-core", "numpy")


def write_manifest(
    run: Run, corpus: Corpus, device: torch.device, processes: int, **results: Any
) -> None:
    """Write ``manifest.json``; ``results`` are added when training is over."""
    content = {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seq2seq": version("seq2seq"),
        "git_revision": git_revision(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "machine": platform.machine(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "processes": processes,
        "threads": torch.get_num_threads(),
        "seed": run.config.seed,
        "corpus": corpus.manifest,
        "pairs": {
            "train": len(corpus.train),
            "extra": len(corpus.extra),
            "validation": len(corpus.validation),
            "test": len(corpus.test),
        },
        "vocabulary": len(corpus.tokenizer),
        **results,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    write_atomically(run.folder / "manifest.json", lambda path: path.write_text(text, "utf-8"))


def check_same_corpus(run: Run, corpus: Corpus) -> None:
    """A run goes on with the data it began with, and is scored on its own test set.

    Raises:
        UserError: The files have changed since.
    """
    manifest = json.loads((run.folder / "manifest.json").read_text("utf-8"))
    if manifest["corpus"]["hash"] != corpus.manifest["hash"]:
        raise UserError(
            f"the corpus of {run.folder} has changed since it was trained: train a new run, "
            "or evaluate files with src=FILE ref=FILE"
        )


def git_revision() -> str | None:
    """Commit of the code, marked if it was changed since; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
