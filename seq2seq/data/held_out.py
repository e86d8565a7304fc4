"""Validation and test pairs, from files or drawn, and the training pairs that must go for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from datasets import Dataset

from seq2seq.config import CleaningConfig, DataConfig
from seq2seq.data.cleaning import DropReport, normalize
from seq2seq.data.sources import Located, Pair, read_lines, read_pairs
from seq2seq.errors import UserError


@dataclass
class HeldOut:
    """Validation and test pairs as their files have them, and what training may not read.

    Attributes:
        cleaning: How texts are normalised before they are compared.
        splits: The pairs of validation and test.
        references: Further references of the test set, None where there is none.
        drawn: Rows of the training pool that now stand in a split.
        sources: Normalised sources of both splits.
        targets: Normalised targets of both splits, further references among them.
    """

    cleaning: CleaningConfig
    splits: dict[str, list[Pair]] = field(default_factory=dict)
    references: list[list[str | None]] = field(default_factory=list)
    drawn: set[int] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)

    def add(self, split: str, pairs: Iterable[Pair]) -> None:
        """Put pairs into a split."""
        held = self.splits.setdefault(split, [])
        for src, tgt in pairs:
            held.append((src, tgt))
            self.sources.add(normalize(src, self.cleaning))
            self.targets.add(normalize(tgt, self.cleaning))

    def refer(self, references: list[list[str | None]]) -> None:
        """Take further references of the test set."""
        self.references = references
        lines = (line for lines in references for line in lines if line)
        self.targets.update(normalize(line, self.cleaning) for line in lines)

    def touches(self, pair: Pair) -> bool:
        """Whether a normalised pair shares a side with validation or test."""
        return pair[0] in self.sources or pair[1] in self.targets


def hold_out(located: dict[str, Located], data: DataConfig, pool: Dataset) -> HeldOut:
    """Validation and test pairs; those that have no file are drawn from ``pool``.

    Raises:
        UserError: A file is empty or not parallel, or the pool is too small.
    """
    held_out = HeldOut(data.cleaning)
    sizes = {"validation": data.validation_size, "test": data.test_size}
    for split in sizes:
        if located[split].files:
            held_out.add(split, read_pairs(located[split].files, data))
            if not held_out.splits[split]:
                raise UserError(f"the {split} files are empty: check data.{split}")
    held_out.refer(_test_references(located["test_references"].files, held_out))
    missing = {split: size for split, size in sizes.items() if split not in held_out.splits}
    _draw(held_out, missing, pool, data.split_seed)
    return held_out


def _test_references(files: list[Path], held_out: HeldOut) -> list[list[str | None]]:
    """Further references of the test set, a list of all sentences for each file."""
    references: list[list[str | None]] = []
    for path in files:  # none, unless the test set has a file
        references.append([line or None for line in read_lines(path)])
        if len(references[-1]) != len(held_out.splits["test"]):
            raise UserError(
                f"{path} has {len(references[-1])} lines, the test set "
                f"{len(held_out.splits['test'])}: data.test_references must be parallel to it"
            )
    return references


def _draw(held_out: HeldOut, sizes: dict[str, int], pool: Dataset, seed: int) -> None:
    """Draw the splits of ``sizes`` from ``pool``, no side twice.

    A sentence that has several translations is so in one split only, and there with one of them.
    """
    wanted = sum(sizes.values())
    too_few = UserError(
        f"the corpus has {len(pool)} clean pairs, too few to draw {wanted} for "
        f"{' and '.join(sizes)}: lower data.validation_size and data.test_size"
        if len(pool)
        else "the training files hold no usable pair: check data.train and the columns"
    )
    if wanted >= len(pool):
        raise too_few
    rows = iter(np.random.default_rng(seed).permutation(len(pool)))
    for split, size in sizes.items():
        while len(held_out.splits.get(split, ())) < size:
            row = next(rows, None)
            if row is None:
                raise too_few
            texts = pool[int(row)]
            pair = (texts["src"], texts["tgt"])
            if not held_out.touches(pair):
                held_out.add(split, [pair])
                held_out.drawn.add(int(row))


def allowed(pairs: Iterable[Pair], held_out: HeldOut, report: DropReport) -> Iterator[Pair]:
    """The training pairs of which neither side stands in a held-out split."""
    for pair in pairs:
        if held_out.cleaning.drop_overlap and held_out.touches(pair):
            report.drop("stands in validation or test", pair)
        else:
            yield pair
