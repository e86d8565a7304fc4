"""Writing pages without overwriting what is not one."""

from __future__ import annotations

from pathlib import Path

from seq2seq.errors import UserError
from seq2seq.run import write_atomically

MARK = "<!doctype html>\n<!-- seq2seq "  # with which every page begins


def page_path(wish: Path) -> Path:
    """Where a page goes: links are followed, only an earlier page is replaced.

    Raises:
        UserError: Something else is there, or no folder to write to.
    """
    path = wish.resolve()
    if not path.parent.is_dir():
        raise UserError(f"there is no folder {path.parent}: make it first")
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(MARK)) == MARK.encode():
                return path
    if path.exists():
        raise UserError(f"{wish} exists and is no page of seq2seq: name another file")
    return path


def write_page(text: str, path: Path) -> None:
    """Write a page where ``page_path`` says."""
    write_atomically(path, lambda partial: partial.write_text(text, "utf-8"))
