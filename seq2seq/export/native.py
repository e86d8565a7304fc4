"""A run without what only its training needed: it opens wherever a run does."""

from __future__ import annotations

from pathlib import Path

from seq2seq.export.folder import BESIDE_WEIGHTS, copy_files, new_folder
from seq2seq.run import Run


def export_native(run: Run, out: Path) -> None:
    """Write the weights of ``run``, and what reading and writing text with them takes, to ``out``.

    Raises:
        UserError: ``out`` holds something already.
    """
    with new_folder(out) as folder:
        copy_files(run, ("model.safetensors", *BESIDE_WEIGHTS), folder)
