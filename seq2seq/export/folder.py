"""What a run takes along when it is exported, and the new folder it goes to."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seq2seq.errors import UserError
from seq2seq.run import Run

BESIDE_WEIGHTS = ("config.yaml", "tokenizer.model", "alignment.json", "manifest.json")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to write into; it becomes ``path`` at the end, or vanishes with an error.

    Raises:
        UserError: ``path`` holds something already.
    """
    path = path.resolve()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UserError(f"{path} exists already: name a new folder with --out")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    partial.mkdir()
    try:
        yield partial
        partial.replace(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def copy_files(run: Run, names: tuple[str, ...], folder: Path) -> None:
    """Copy those of the run's files that it has."""
    for name in names:
        if (run.folder / name).exists():
            shutil.copyfile(run.folder / name, folder / name)
