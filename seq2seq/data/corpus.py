"""From a corpus description to prepared splits: clean pairs and their ids, memory-mapped.

A prepared corpus is a folder named by a hash of everything that shapes it (file contents, options,
format), so it is built once and a change of any of these builds another::

    <cache_dir>/<name>-<hash>/  train.arrow  extra.arrow  validation.arrow  test.arrow
                                tokenizer.model  report.json  manifest.json
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from datasets import Dataset

from seq2seq.config import DataConfig, TokenizerConfig
from seq2seq.data.cleaning import DropReport, clean, normalize
from seq2seq.data.sources import Located, Pair, locate, read_lines, read_pairs
from seq2seq.data.tokenizer import Tokenizer
from seq2seq.errors import UserError
from seq2seq.options import to_plain

FORMAT = 1  # raise when what is written changes
SPLITS = ("train", "extra", "validation", "test")
SOURCES = (*SPLITS, "test_references")
ROWS = 10_000  # rows in a record batch
TEXT = pa.schema({"src": pa.string(), "tgt": pa.string()})
IDS = pa.schema(
    [*TEXT, pa.field("src_ids", pa.list_(pa.int32())), pa.field("tgt_ids", pa.list_(pa.int32()))]
)


@dataclass(frozen=True)
class Corpus:
    """A prepared corpus, opened.

    Each split has the columns ``src`` and ``tgt`` (text) and ``src_ids`` and ``tgt_ids`` (without
    ``<s>`` and ``</s>``). Validation and test texts are as their files have them.
    ``test_references`` are further references of the test set, None where there is none.
    """

    folder: Path
    train: Dataset
    extra: Dataset
    validation: Dataset
    test: Dataset
    test_references: list[list[str | None]]
    tokenizer: Tokenizer
    report: DropReport
    manifest: dict[str, Any]

    def references(self, split: str) -> list[list[str | None]]:
        """All references of a split: one list of all sentences for each."""
        first: list[str | None] = list(getattr(self, split)["tgt"])
        return [first, *self.test_references] if split == "test" else [first]

    @classmethod
    def open(cls, folder: Path) -> Corpus:
        """Open a prepared folder."""
        train, extra, validation, test = (
            Dataset.from_file(str(folder / f"{split}.arrow")) for split in SPLITS
        )
        return cls(
            folder,
            train,
            extra,
            validation,
            test,
            json.loads((folder / "test_references.json").read_text("utf-8")),
            Tokenizer.load(folder / "tokenizer.model"),
            DropReport(**json.loads((folder / "report.json").read_text("utf-8"))),
            json.loads((folder / "manifest.json").read_text("utf-8")),
        )


def prepare(data: DataConfig, tokenizer: TokenizerConfig) -> Corpus:
    """Open the prepared corpus, building it first if it is not there.

    Raises:
        UserError: A source cannot be read, or no training pair is left.
    """
    located = {source: locate(data, getattr(data, source)) for source in SOURCES}
    manifest = _manifest(located, data, tokenizer)
    folder = Path(data.cache_dir) / f"{data.name}-{manifest['hash'][:12]}"
    if not folder.exists():
        print(f"preparing {data.name}: clean, split, learn subwords")
        partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        shutil.rmtree(partial, ignore_errors=True)  # of a killed process with the same number
        partial.mkdir(parents=True)
        try:
            _build(partial, located, data, tokenizer)
            _write_json(partial / "manifest.json", manifest)
            _finish(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return Corpus.open(folder)


def _finish(partial: Path, folder: Path) -> None:
    """Give a built folder its name, unless another process has built the same meanwhile."""
    try:
        partial.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def _manifest(
    located: dict[str, Located], data: DataConfig, tokenizer: TokenizerConfig
) -> dict[str, Any]:
    """What the corpus was made of, and the hash of it all."""
    options = {"data": to_plain(data), "tokenizer": to_plain(tokenizer)}
    for place in ("cache_dir", "root"):  # where files lie does not shape what is in them
        options["data"].pop(place)
    options["tokenizer"].pop("sampling")  # happens in training
    for later in ("extra_epochs", "links", "protocol"):  # and these, or after it
        options["data"].pop(later)
    made_of = {
        "format": FORMAT,
        "options": options,
        "files": {s: [_sha256(f) for f in located[s].files] for s in SOURCES},
    }
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
    return {
        **made_of,
        "hash": digest,
        "names": {s: [f.name for f in located[s].files] for s in SOURCES},
        "hub_commit": located["train"].commit,
    }


def _sha256(path: Path) -> str:
    """Digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _build(
    folder: Path, located: dict[str, Located], data: DataConfig, options: TokenizerConfig
) -> None:
    """Clean, split, tokenize, and write a prepared corpus into ``folder``."""
    report = DropReport()
    pool, more = (
        _keep(folder / f"{source}.pool", clean(pairs, data.cleaning, report))
        for source in ("train", "extra")
        for pairs in [read_pairs(located[source].files, data)]
    )
    held_out, drawn = _held_out(located, data, pool)
    references = _test_references(located["test_references"].files, len(held_out["test"]))
    forbidden = _forbidden(held_out, references, data)
    rest = (pair for row, pair in enumerate(_pairs(pool)) if row not in drawn)
    train = _keep(folder / "train.text", _allowed(rest, forbidden, data, report))
    extra = _keep(folder / "extra.text", _allowed(_pairs(more), forbidden, data, report))
    report.kept = len(train) + len(extra)
    if not len(train):
        raise UserError(
            f"no training pair is left of {report.read} read; dropped: {report.dropped or 'none'}"
        )
    tokenizer = Tokenizer.train(_sample_texts(train, options.train_sentences), options)
    tokenizer.save(folder / "tokenizer.model")
    for split, pairs in {"train": _pairs(train), "extra": _pairs(extra), **held_out}.items():
        _write(folder / f"{split}.arrow", IDS, _with_ids(pairs, tokenizer, data))
    _write_json(folder / "test_references.json", references)
    _write_json(folder / "report.json", asdict(report))
    for intermediate in (*folder.glob("*.pool"), *folder.glob("*.text")):
        intermediate.unlink()


def _keep(path: Path, pairs: Iterable[Pair]) -> Dataset:
    """Write pairs to disk and map them into memory."""
    _write(path, TEXT, pairs)
    return Dataset.from_file(str(path))


def _held_out(
    located: dict[str, Located], data: DataConfig, pool: Dataset
) -> tuple[dict[str, list[Pair]], set[int]]:
    """Validation and test pairs, and the rows of ``pool`` drawn for those that have no file."""
    sizes = {"validation": data.validation_size, "test": data.test_size}
    missing = [split for split in sizes if not located[split].files]
    wanted = sum(sizes[split] for split in missing)
    if wanted >= len(pool):
        raise UserError(
            f"the corpus has {len(pool)} clean pairs, too few to draw {wanted} for "
            f"{' and '.join(missing)}: lower data.validation_size and data.test_size"
            if len(pool)
            else "the training files hold no usable pair: check data.train and the columns"
        )
    rows = iter(np.random.default_rng(data.split_seed).permutation(len(pool))[:wanted].tolist())
    held_out, drawn = {}, set()
    for split, size in sizes.items():
        if split in missing:
            chosen = list(islice(rows, size))
            drawn.update(chosen)
            held_out[split] = list(_pairs(pool.select(chosen)))
        else:
            held_out[split] = list(read_pairs(located[split].files, data))
            if not held_out[split]:
                raise UserError(f"the {split} files are empty: check data.{split}")
    return held_out, drawn


def _test_references(files: list[Path], sentences: int) -> list[list[str | None]]:
    """Further references of the test set, a list of all sentences for each file."""
    references: list[list[str | None]] = []
    for path in files:
        references.append([line or None for line in read_lines(path)])
        if len(references[-1]) != sentences:
            raise UserError(
                f"{path} has {len(references[-1])} lines, the test set {sentences}: "
                "data.test_references must be parallel to it"
            )
    return references


def _forbidden(
    held_out: dict[str, list[Pair]], references: list[list[str | None]], data: DataConfig
) -> tuple[set[str], set[str]]:
    """Sources and targets that no training pair may have."""
    pairs = [pair for split in held_out.values() for pair in split]
    targets = [tgt for _, tgt in pairs] + [r for lines in references for r in lines if r]
    return (
        {normalize(src, data.cleaning) for src, _ in pairs},
        {normalize(tgt, data.cleaning) for tgt in targets},
    )


def _allowed(
    pairs: Iterable[Pair],
    forbidden: tuple[set[str], set[str]],
    data: DataConfig,
    report: DropReport,
) -> Iterator[Pair]:
    """The pairs of which neither side stands in a held-out split."""
    sources, targets = forbidden
    for pair in pairs:
        if data.cleaning.drop_overlap and (pair[0] in sources or pair[1] in targets):
            report.drop("stands in validation or test", pair)
        else:
            yield pair


def _pairs(dataset: Dataset) -> Iterator[Pair]:
    """Pairs of a data set, read in blocks."""
    for block in dataset.iter(batch_size=ROWS):
        yield from zip(block["src"], block["tgt"], strict=True)


def _sample_texts(train: Dataset, limit: int) -> Iterator[str]:
    """Both sides of at most ``limit`` sentences, spread evenly over the corpus."""
    stride = max(1, -(-2 * len(train) // limit))
    for src, tgt in islice(_pairs(train), 0, None, stride):
        yield src
        yield tgt


def _with_ids(
    pairs: Iterable[Pair], tokenizer: Tokenizer, data: DataConfig
) -> Iterator[tuple[str, str, list[int], list[int]]]:
    """Pairs with the ids of both sides."""
    iterator = iter(pairs)
    while block := list(islice(iterator, ROWS)):
        columns = [
            tokenizer.encode([normalize(pair[side], data.cleaning) for pair in block])
            for side in (0, 1)
        ]
        for pair, src_ids, tgt_ids in zip(block, *columns, strict=True):
            yield *pair, src_ids, tgt_ids


def _write(path: Path, schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> None:
    """Stream rows into an Arrow file that ``Dataset.from_file`` maps into memory."""
    iterator = iter(rows)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        while block := list(islice(iterator, ROWS)):
            columns = [
                pa.array(c, f.type) for c, f in zip(zip(*block, strict=True), schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))


def _write_json(path: Path, content: Any) -> None:
    """Write ``content`` as readable JSON."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
