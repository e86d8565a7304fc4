"""Batches: which sentences go together, and the tensors made of them.

``BatchSampler`` decides the order from (seed, epoch) alone, so a position (epoch, batch) is all
that resuming needs. ``Batch.from_ids`` is the one place where the target is shifted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from seq2seq.config import CleaningConfig
from seq2seq.data.cleaning import normalize
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, Tokenizer
from seq2seq.errors import UserError

if TYPE_CHECKING:  # translating needs batches but neither datasets nor its slow import
    from datasets import Dataset

BIN_TOKENS = 2  # target lengths that are close enough to share a batch


@dataclass(frozen=True)
class Batch:
    """Padded ids of B sentence pairs.

    Attributes:
        src: (B, S) source ids, each row ended by ``</s>``.
        tgt_in: (B, T) what the decoder reads: ``<s>`` and the target.
        tgt_out: (B, T) what it must predict: the target and ``</s>``.
    """

    src: Tensor
    tgt_in: Tensor
    tgt_out: Tensor

    @classmethod
    def from_ids(cls, src_ids: list[list[int]], tgt_ids: list[list[int]]) -> Batch:
        """Pad, and shift the target by one position."""
        return cls(
            src=pad([[*ids, EOS_ID] for ids in src_ids]),
            tgt_in=pad([[BOS_ID, *ids] for ids in tgt_ids]),
            tgt_out=pad([[*ids, EOS_ID] for ids in tgt_ids]),
        )

    @property
    def tgt_tokens(self) -> int:
        """Target tokens to predict, padding apart."""
        return int((self.tgt_out != PAD_ID).sum())

    def to(self, device: torch.device) -> Batch:
        """The same batch on ``device``; on CUDA the copy runs beside the computation."""
        if device.type != "cuda":
            return Batch(*(t.to(device) for t in (self.src, self.tgt_in, self.tgt_out)))
        pinned = (t.pin_memory() for t in (self.src, self.tgt_in, self.tgt_out))
        return Batch(*(t.to(device, non_blocking=True) for t in pinned))

    def split(self, parts: int) -> list[Batch]:
        """At most ``parts`` micro-batches of equal numbers of sentences."""
        columns = (t.chunk(parts) for t in (self.src, self.tgt_in, self.tgt_out))
        return [Batch(*rows) for rows in zip(*columns, strict=True)]


def pad(sequences: list[list[int]]) -> Tensor:
    """(B, longest) int64 ids, filled up with ``<pad>`` on the right."""
    longest = max(map(len, sequences))
    return torch.tensor([ids + [PAD_ID] * (longest - len(ids)) for ids in sequences])


class BatchSampler:
    """Groups sentence pairs of like lengths into batches of a token budget.

    A batch holds at most ``batch_tokens`` positions on its longer side, padding included. Pairs are
    shuffled, then sorted by target length in narrow bins and, inside a bin, by source length, up
    and down in turn: neighbours are alike on both sides, and batches differ from epoch to epoch.
    """

    def __init__(
        self, src_lengths: np.ndarray, tgt_lengths: np.ndarray, batch_tokens: int, seed: int
    ) -> None:
        """Take the lengths in tokens (``</s>`` included) of every pair to be used."""
        self.src_lengths = src_lengths
        self.tgt_lengths = tgt_lengths
        self.batch_tokens = batch_tokens
        self.seed = seed

    def epoch(self, epoch: int) -> list[np.ndarray]:
        """Batches of row numbers, in training order: every pair once."""
        rng = np.random.default_rng((self.seed, epoch))
        order = rng.permutation(len(self.src_lengths))
        bins = self.tgt_lengths[order] // BIN_TOKENS
        snake = np.where(bins % 2 == 0, self.src_lengths[order], -self.src_lengths[order])
        batches = self._cut(order[np.lexsort((snake, bins))])
        return [batches[i] for i in rng.permutation(len(batches))]

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        """Cut sorted rows wherever one more would break the budget."""
        lengths = np.maximum(self.src_lengths[rows], self.tgt_lengths[rows]).tolist()
        starts, longest = [0], 0
        for position, length in enumerate(lengths):
            longest = max(longest, length)
            if position > starts[-1] and longest * (position + 1 - starts[-1]) > self.batch_tokens:
                starts.append(position)
                longest = length
        return np.split(rows, starts[1:])


class BatchStream:
    """The endless, repeatable stream of training batches of a prepared corpus.

    What comes at a position (epoch, index) depends on the position and the seed alone, sampling of
    subwords included.
    """

    def __init__(
        self,
        train: Dataset,
        tokenizer: Tokenizer,
        *,
        batch_tokens: int,
        max_length: int,
        sampling: float,
        cleaning: CleaningConfig,
        seed: int,
    ) -> None:
        """Take the pairs whose sides have at most ``max_length`` tokens, ``</s>`` included.

        Raises:
            UserError: None is that short.
        """
        src_lengths, tgt_lengths = (_lengths(train, column) for column in ("src_ids", "tgt_ids"))
        self.rows = np.flatnonzero(np.maximum(src_lengths, tgt_lengths) <= max_length)
        if not len(self.rows):
            raise UserError(f"every training pair is longer than model.max_length={max_length}")
        self.too_long = len(train) - len(self.rows)
        self.sampler = BatchSampler(
            src_lengths[self.rows], tgt_lengths[self.rows], batch_tokens, seed
        )
        self.train = train
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.sampling = sampling
        self.cleaning = cleaning
        self.seed = seed

    @property
    def batches_per_epoch(self) -> int:
        """Batches of the first epoch; later ones differ by a few."""
        return len(self.sampler.epoch(0))

    def read(self, epoch: int, index: int) -> Iterator[tuple[int, int, Batch]]:
        """Batches from a position on, each with the position of the one after it."""
        while True:
            batches = self.sampler.epoch(epoch)
            for position in range(index, len(batches)):
                batch = self._load(self.rows[batches[position]], epoch, position)
                ended = position + 1 == len(batches)
                yield (epoch + 1, 0, batch) if ended else (epoch, position + 1, batch)
            epoch, index = epoch + 1, 0

    def _load(self, rows: np.ndarray, epoch: int, index: int) -> Batch:
        """The pairs of ``rows`` as tensors."""
        pairs = self.train[rows]
        if not self.sampling:
            return Batch.from_ids(pairs["src_ids"], pairs["tgt_ids"])
        seed = int(np.random.SeedSequence((self.seed, epoch, index)).generate_state(1)[0])
        texts = [normalize(text, self.cleaning) for text in [*pairs["src"], *pairs["tgt"]]]
        ids = self.tokenizer.encode(texts, sampling=self.sampling, seed=seed)
        ids = [sentence[: self.max_length - 1] for sentence in ids]
        return Batch.from_ids(ids[: len(rows)], ids[len(rows) :])


def _lengths(dataset: Dataset, column: str) -> np.ndarray:
    """Tokens of every row, ``</s>`` included, without reading the tokens themselves."""
    import pyarrow.compute as pc

    chunks = dataset.data.column(column).chunks
    return np.concatenate([pc.list_value_length(chunk).to_numpy() for chunk in chunks]) + 1
