"""Batches: which sentences go together, and the tensors made of them.

``BatchSampler`` decides the order from (seed, epoch) alone, so a position (epoch, batch) is all
that resuming needs. ``Batch.from_ids`` is the one place where the target is shifted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, Tokenizer
from seq2seq.errors import UserError

if TYPE_CHECKING:  # translating needs batches but neither datasets nor its slow import
    from datasets import Dataset

    from seq2seq.data.guide import Guide, Lesson

BIN_TOKENS = 2  # target lengths that are close enough to share a batch


@dataclass(frozen=True)
class Batch:
    """Padded ids of B sentence pairs.

    Attributes:
        src: (B, S) source ids, each row ended by ``</s>``.
        tgt_in: (B, T) what the decoder reads: ``<s>`` and the target.
        tgt_out: (B, T) what it must predict: the target and ``</s>``.
        guide: (B, T, S) where a guided head should look, if one is guided: for the position at
            which the decoder reads a piece (the input reading), a distribution over the source
            pieces; zeros where there is nothing to learn.
    """

    src: Tensor
    tgt_in: Tensor
    tgt_out: Tensor
    guide: Tensor | None = None

    @classmethod
    def from_ids(
        cls,
        src_ids: list[list[int]],
        tgt_ids: list[list[int]],
        lessons: list[Lesson | None] | None = None,
    ) -> Batch:
        """Pad, and shift the target by one position; pairs without a lesson teach no alignment."""
        src = pad([[*ids, EOS_ID] for ids in src_ids])
        tgt_in = pad([[BOS_ID, *ids] for ids in tgt_ids])
        tgt_out = pad([[*ids, EOS_ID] for ids in tgt_ids])
        guide = None if lessons is None else _stack(lessons, (*tgt_in.shape, src.shape[1]))
        return cls(src, tgt_in, tgt_out, guide)

    @property
    def tgt_tokens(self) -> int:
        """Target tokens to predict, padding apart."""
        return int((self.tgt_out != PAD_ID).sum())

    def to(self, device: torch.device) -> Batch:
        """The same batch on ``device``; on CUDA the copy runs beside the computation."""
        if device.type != "cuda":
            return self._map(lambda tensor: tensor.to(device))
        return self._map(lambda tensor: tensor.pin_memory().to(device, non_blocking=True))

    def split(self, parts: int) -> list[Batch]:
        """At most ``parts`` micro-batches of equal numbers of sentences."""
        rows = torch.arange(len(self.src)).chunk(parts)
        return [self._map(itemgetter(part)) for part in rows]

    def silenced(self) -> Batch:
        """The same sentences with no token to predict: they teach nothing."""
        guide = None if self.guide is None else torch.zeros_like(self.guide)
        return Batch(self.src, self.tgt_in, torch.full_like(self.tgt_out, PAD_ID), guide)

    def _map(self, change: Callable[[Tensor], Tensor]) -> Batch:
        guide = None if self.guide is None else change(self.guide)
        return Batch(change(self.src), change(self.tgt_in), change(self.tgt_out), guide)


def pad(sequences: list[list[int]]) -> Tensor:
    """(B, longest) int64 ids, filled up with ``<pad>`` on the right."""
    longest = max(map(len, sequences))
    return torch.tensor([ids + [PAD_ID] * (longest - len(ids)) for ids in sequences])


def _stack(lessons: list[Lesson | None], shape: tuple[int, ...]) -> Tensor:
    """Lessons as one (B, T, S) tensor, after ``<s>`` and filled up with zeros."""
    guide_BTS = np.zeros(shape, np.float32)
    for row_TS, lesson in zip(guide_BTS, lessons, strict=True):
        if lesson is not None:
            tgt, src = lesson.shape
            row_TS[1 : tgt + 1, :src] = lesson
    return torch.from_numpy(guide_BTS)


Placed = tuple[int, int, Batch]  # (epoch, index) of the following batch, and the batch


class BatchSampler:
    """Groups sentence pairs of like lengths into batches of a token budget.

    A batch holds at most ``batch_tokens`` positions on its longer side, padding included. Pairs are
    shuffled, then sorted by target length in narrow bins and, inside a bin, by source length, up
    and down in turn: neighbours are alike on both sides, and batches differ from epoch to epoch.
    """

    def __init__(
        self, src_lengths: np.ndarray, tgt_lengths: np.ndarray, batch_tokens: int, seed: int
    ) -> None:
        """Take the lengths in tokens (``</s>`` included) of every pair."""
        self.src_lengths = src_lengths
        self.tgt_lengths = tgt_lengths
        self.batch_tokens = batch_tokens
        self.seed = seed

    def epoch(self, epoch: int, rows: np.ndarray) -> list[np.ndarray]:
        """Batches of the given row numbers, in training order: every row once."""
        rng = np.random.default_rng((self.seed, epoch))
        order = rng.permutation(rows)
        bins = self.tgt_lengths[order] // BIN_TOKENS
        snake = np.where(bins % 2 == 0, self.src_lengths[order], -self.src_lengths[order])
        batches = self._cut(order[np.lexsort((snake, bins))])
        return [batches[i] for i in rng.permutation(len(batches))]

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        """Cut sorted rows wherever one more would break the budget."""
        lengths = np.maximum(self.src_lengths[rows], self.tgt_lengths[rows])
        cuts = [0]
        while cuts[-1] < len(rows):
            begin = cuts[-1]
            most = self.batch_tokens // lengths[begin]  # rows, were all as short as the first
            longest = np.maximum.accumulate(lengths[begin : begin + most])
            padded = longest * np.arange(1, len(longest) + 1)
            fitting = int(np.count_nonzero(padded <= self.batch_tokens))
            cuts.append(begin + max(1, fitting))
        return np.split(rows, cuts[1:-1])


class BatchStream:
    """The endless, repeatable stream of training batches of a prepared corpus.

    What comes at a position (epoch, index) depends on the position and the seed alone, BPE-dropout
    included. Every epoch reads all training pairs; the first ``extra_epochs`` read a part
    of the extra pairs besides, each another one. One of several processes reads its share of the
    sentences of every batch.
    """

    def __init__(
        self,
        train: Dataset,
        extra: Dataset,
        tokenizer: Tokenizer,
        *,
        extra_epochs: int,
        batch_tokens: int,
        max_length: int,
        bpe_dropout: float,
        seed: int,
        guide: Guide | None = None,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        """Take the pairs whose sides have at most ``max_length`` tokens, ``</s>`` included.

        Raises:
            UserError: None is that short.
        """
        from datasets import concatenate_datasets

        self.pairs = concatenate_datasets([train, extra])
        self.ids = self.pairs.select_columns(["src_ids", "tgt_ids"])  # twice as fast without texts
        src_lengths, tgt_lengths = (_lengths(self.pairs, c) for c in ("src_ids", "tgt_ids"))
        fitting = np.flatnonzero(np.maximum(src_lengths, tgt_lengths) <= max_length)
        self.rows = fitting[fitting < len(train)]
        if not len(self.rows):
            raise UserError(f"every training pair is longer than model.max_length={max_length}")
        self.too_long = len(self.pairs) - len(fitting)
        extra_rows = np.random.default_rng(seed).permutation(fitting[fitting >= len(train)])
        self.extra_parts = np.array_split(extra_rows, extra_epochs)
        self.sampler = BatchSampler(src_lengths, tgt_lengths, batch_tokens, seed)
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.bpe_dropout = bpe_dropout
        self.seed = seed
        self.guide = guide
        self.lessons: dict[int, Lesson | None] = {}  # of rows, filled without BPE-dropout only
        self.rank = rank
        self.processes = processes

    def epoch(self, epoch: int) -> list[np.ndarray]:
        """Batches of row numbers of an epoch, in training order."""
        parts = [self.rows, *self.extra_parts[epoch : epoch + 1]]
        return self.sampler.epoch(epoch, np.concatenate(parts))

    def batches_in(self, epochs: float) -> int:
        """Batches in a number of epochs, a part of the last one included."""
        whole = int(epochs)
        lengths = [len(self.epoch(epoch)) for epoch in range(whole + 1)]
        return sum(lengths[:whole]) + math.ceil((epochs - whole) * lengths[whole])

    def read(self, epoch: int, index: int) -> Iterator[Placed]:
        """Batches from a position on, each with the position of the one after it."""
        while True:
            batches = self.epoch(epoch)
            for position in range(index, len(batches)):
                batch = self._share(batches[position], epoch)
                ended = position + 1 == len(batches)
                yield (epoch + 1, 0, batch) if ended else (epoch, position + 1, batch)
            epoch, index = epoch + 1, 0

    def _share(self, rows: np.ndarray, epoch: int) -> Batch:
        """This process's sentences of a batch; one that teaches nothing, if there are too few."""
        mine = rows[self.rank :: self.processes]
        return self._load(mine, epoch) if len(mine) else self._load(rows[:1], epoch).silenced()

    def _load(self, rows: np.ndarray, epoch: int) -> Batch:
        """The pairs of ``rows`` as tensors."""
        numbers = rows.tolist()
        guide = self.guide if self.guide is not None and self.guide.knows(numbers) else None
        if not self.bpe_dropout:
            ids = self.ids[rows]
            known = None if guide is None else self._remembered(numbers, guide)
            return Batch.from_ids(ids["src_ids"], ids["tgt_ids"], known)
        src, tgt = self._pieces(numbers, epoch)
        src_ids, tgt_ids = ([self.tokenizer.ids(row) for row in side] for side in (src, tgt))
        drawn = None if guide is None else list(map(guide.lesson, numbers, src, tgt))
        return Batch.from_ids(src_ids, tgt_ids, drawn)

    def _remembered(self, rows: list[int], guide: Guide) -> list[Lesson | None]:
        """Lessons without BPE-dropout: the same in every epoch, so each is made once."""
        unknown = [row for row in rows if row not in self.lessons]
        if unknown:
            made = map(guide.lesson, unknown, *self._pieces(unknown, epoch=0))
            self.lessons.update(zip(unknown, made, strict=True))
        return [self.lessons[row] for row in rows]

    def _pieces(self, rows: list[int], epoch: int) -> tuple[list[list[str]], list[list[str]]]:
        """Sources and targets as pieces.

        Every pair is drawn by a seed of its own: no process's share changes another's.
        """
        pairs, most = self.pairs[rows], self.max_length - 1
        src, tgt = [], []
        for row, *texts in zip(rows, pairs["src"], pairs["tgt"], strict=True):
            seed = f"{self.seed} {epoch} {row}"
            pair = self.tokenizer.split(texts, bpe_dropout=self.bpe_dropout, seed=seed)
            src.append(pair[0][:most])
            tgt.append(pair[1][:most])
        return src, tgt


def _lengths(dataset: Dataset, column: str) -> np.ndarray:
    """Tokens of every row, ``</s>`` included, without reading the tokens themselves."""
    import pyarrow.compute as pc

    lengths: np.ndarray = pc.list_value_length(dataset.data.column(column)).to_numpy() + 1
    return lengths
