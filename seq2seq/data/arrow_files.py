"""Pairs on disk: Arrow files, written block by block and mapped into memory to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from seq2seq.config import CleaningConfig
from seq2seq.data.cleaning import normalize
from seq2seq.data.parallel import blocks_of
from seq2seq.data.sources import Pair
from seq2seq.data.tokenizer import Tokenizer

TEXT = pa.schema({"src": pa.string(), "tgt": pa.string()})
IDS = pa.schema(
    [*TEXT, pa.field("src_ids", pa.list_(pa.int32())), pa.field("tgt_ids", pa.list_(pa.int32()))]
)


def write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Stream record batches into a file that ``Dataset.from_file`` maps into memory."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def read(path: Path) -> Iterator[pa.RecordBatch]:
    """Record batches of a file, mapped into memory one at a time."""
    with pa.memory_map(str(path)) as source:
        yield from pa.ipc.open_stream(source)


def to_batches(pairs: Iterable[Pair]) -> Iterator[pa.RecordBatch]:
    """Record batches of text."""
    for block in blocks_of(pairs):
        sides = zip(*block, strict=True)
        yield pa.record_batch([pa.array(side, pa.string()) for side in sides], schema=TEXT)


def to_pairs(batches: Iterable[pa.RecordBatch]) -> Iterator[Pair]:
    """Pairs of text in record batches."""
    for batch in batches:
        yield from zip(*(batch.column(c).to_pylist() for c in ("src", "tgt")), strict=True)


def add_ids(batch: pa.RecordBatch, tokenizer: bytes, cleaning: CleaningConfig) -> pa.RecordBatch:
    """A record batch of text with the ids of both sides (see ``IDS``).

    Args:
        batch: Pairs, normalised or not.
        tokenizer: The serialized tokenizer, which finds its way into another process.
        cleaning: How texts are normalised before they are cut into pieces; they stay as they are.
    """
    sides = [batch.column(name) for name in ("src", "tgt")]
    ids = [
        _opened(tokenizer).encode([normalize(text, cleaning) for text in side.to_pylist()])
        for side in sides
    ]
    return pa.record_batch([*sides, *(pa.array(i, pa.list_(pa.int32())) for i in ids)], schema=IDS)


@lru_cache(maxsize=1)
def _opened(tokenizer: bytes) -> Tokenizer:
    return Tokenizer(tokenizer)
