"""Word links that one attention head learns: read from tables, or made by eflomal.

Links are kept between words, and spread over pieces only when a batch is made, so that every
segmentation that BPE-dropout draws gets its own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seq2seq.alignment.links import Links, from_pharaoh, read_links, transpose
from seq2seq.alignment.words import piece_texts, shares, words
from seq2seq.config import DataConfig
from seq2seq.data.cleaning import normalize
from seq2seq.data.sources import Pair, locate, read_lines
from seq2seq.errors import UserError

if TYPE_CHECKING:
    from datasets import Dataset

EFLOMAL = "eflomal"
BLOCK = 10_000  # rows read at a time

Lesson = NDArray[np.float32]  # (pieces of the target, pieces of the source): see ``spread``


class Guide:
    """Links between the words of training pairs; a pair that has none teaches nothing."""

    def __init__(self, links: list[Links | None]) -> None:
        """Take the links of every row."""
        self.links = links

    @property
    def linked(self) -> int:
        """How many pairs have links."""
        return sum(map(bool, self.links))

    def knows(self, rows: Iterable[int]) -> bool:
        """Is there a link to learn in any of these rows?"""
        return any(self.links[row] for row in rows)

    def lesson(self, row: int, src_pieces: list[str], tgt_pieces: list[str]) -> Lesson | None:
        """Where the guided head should look in the pair of ``row``; None without links."""
        links = self.links[row]
        return spread(links, src_pieces, tgt_pieces) if links else None


def spread(links: Links, src_pieces: list[str], tgt_pieces: list[str]) -> Lesson:
    """(pieces of the target, pieces of the source): links between words, shared by their pieces.

    A row says where the head should look when the decoder has read that piece of the target.

    Rows sum to 1, or are 0 for pieces of words without a link.
    """
    src_texts, tgt_texts = piece_texts(src_pieces), piece_texts(tgt_pieces)
    src_words, tgt_words = words("".join(src_texts)), words("".join(tgt_texts))
    linked = np.zeros((len(tgt_words), len(src_words)), np.float32)
    for src, tgt in links:
        if src < len(src_words) and tgt < len(tgt_words):  # a sentence may have been cut
            linked[tgt, src] = 1
    src_shares, tgt_shares = shares(src_texts, src_words), shares(tgt_texts, tgt_words)
    weights_TS = tgt_shares @ linked @ src_shares.T
    sums = weights_TS.sum(axis=1, keepdims=True)
    return np.divide(weights_TS, sums, out=np.zeros_like(weights_TS), where=sums > 0)


def read_guide(data: DataConfig, pairs: Dataset, cache: Path) -> Guide:
    """The links of every row of ``pairs``.

    Args:
        data: The corpus. Its ``links`` name tables of source, target and links (tab-separated,
            found like ``train``), and ``eflomal`` to have it link the pairs that no table knows.
        pairs: Training pairs, with the columns ``src`` and ``tgt``.
        cache: Folder where eflomal's links are kept.

    Raises:
        UserError: A table cannot be read, eflomal is missing, or no pair has links.
    """
    tables = [name for name in data.links if name != EFLOMAL]
    known: dict[Pair, Links] = {}
    for path in locate(data, tables).files if tables else []:
        known.update(_read_table(path, data))
    rows = [
        pair
        for block in pairs.iter(batch_size=BLOCK)
        for pair in zip(block["src"], block["tgt"], strict=True)
    ]
    links = [known.get(pair) for pair in rows]
    if EFLOMAL in data.links:
        kept = cache / "eflomal.links"
        if not kept.exists():
            _run_eflomal(rows, kept)
        made = (from_pharaoh(line)[0] for line in read_lines(kept))
        links = [told or found for told, found in zip(links, made, strict=True)]
    guide = Guide(links)
    if not guide.linked:
        raise UserError(
            "data.links has links for none of the training pairs: check its files, or data.links=[]"
        )
    return guide


def _read_table(path: Path, data: DataConfig) -> Iterable[tuple[Pair, Links]]:
    """Pairs, as the corpus holds them, and their links."""
    for number, line in enumerate(read_lines(path), 1):
        cells = line.split("\t")
        if len(cells) != 3:
            raise UserError(f"{path} line {number} is not source, target, links with tabs between")
        src, tgt = (normalize(cell, data.cleaning) for cell in cells[:2])
        links, _ = read_links(cells[2], words(src), words(tgt), f"{path} line {number}")
        yield ((tgt, src), transpose(links)) if data.reverse else ((src, tgt), links)


def _run_eflomal(rows: list[Pair], kept: Path) -> None:
    """Link pairs with eflomal (Östling & Tiedemann 2016), a program of its own."""
    program = shutil.which(f"{EFLOMAL}-align") or Path(sys.executable).with_name("eflomal-align")
    if not Path(program).exists():
        raise UserError("eflomal is not installed: pip install eflomal (it needs a C compiler)")
    print(f"eflomal: linking the words of {len(rows):,} pairs")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side in (0, 1):
            lines = (" ".join(words(pair[side])).lower() for pair in rows)
            (folder / str(side)).write_text("".join(f"{line}\n" for line in lines), "utf-8")
        places = ["-s", folder / "0", "-t", folder / "1", "-f", folder / "links"]
        command = [str(part) for part in (program, *places)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise UserError(f"eflomal failed: {reason}")
        partial = kept.with_name(f"{kept.name}.partial")
        shutil.copyfile(folder / "links", partial)
        partial.replace(kept)
