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
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from datasets import Dataset

from seq2seq.config import DataConfig, TokenizerConfig
from seq2seq.data.arrow_files import IDS, TEXT, add_ids, read, to_batches, to_pairs, write
from seq2seq.data.cleaning import DropReport, clean
from seq2seq.data.held_out import allowed, hold_out
from seq2seq.data.parallel import Workers, cores
from seq2seq.data.sources import Located, locate, read_pairs
from seq2seq.data.tokenizer import Tokenizer
from seq2seq.errors import UserError
from seq2seq.options import to_plain

FORMAT = 1  # raise when what is written changes
DRAW = 2  # raise when validation and test pairs are drawn in another way
SPLITS = ("train", "extra", "validation", "test")
SOURCES = (*SPLITS, "test_references")


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
            with Workers(data.processes or cores()) as workers:
                _build(partial, located, data, tokenizer, workers)
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
    options["tokenizer"].pop("bpe_dropout")  # happens in training
    for later in ("extra_epochs", "links", "protocol"):  # and these, or after it
        options["data"].pop(later)
    options["data"].pop("processes")  # whose number changes nothing
    made_of = {
        "format": FORMAT,
        "options": options,
        "files": {s: [_sha256(f) for f in located[s].files] for s in SOURCES},
    }
    if not (data.validation and data.test):
        made_of["draw"] = DRAW
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
    folder: Path,
    located: dict[str, Located],
    data: DataConfig,
    options: TokenizerConfig,
    workers: Workers,
) -> None:
    """Clean, split, tokenize, and write a prepared corpus into ``folder``."""
    report = DropReport()
    for source in ("train", "extra"):
        pairs = clean(read_pairs(located[source].files, data), data.cleaning, report, workers)
        write(folder / f"{source}.pool", TEXT, to_batches(pairs))
    held_out = hold_out(located, data, Dataset.from_file(str(folder / "train.pool")))
    for source, drawn in (("train", held_out.drawn), ("extra", set[int]())):
        pool = enumerate(to_pairs(read(folder / f"{source}.pool")))
        rest = (pair for row, pair in pool if row not in drawn)
        write(folder / f"{source}.text", TEXT, to_batches(allowed(rest, held_out, report)))
        (folder / f"{source}.pool").unlink()
    for split, held in held_out.splits.items():
        write(folder / f"{split}.text", TEXT, to_batches(held))
    report.kept = report.read - sum(report.dropped.values()) - len(held_out.drawn)
    train = Dataset.from_file(str(folder / "train.text"))
    if not len(train):
        raise UserError(
            f"no training pair is left of {report.read} read; dropped: {report.dropped or 'none'}"
        )
    tokenizer = Tokenizer.train(_sample_texts(folder / "train.text", len(train), options), options)
    tokenizer.save(folder / "tokenizer.model")
    encode = partial(add_ids, tokenizer=tokenizer.model, cleaning=data.cleaning)
    for split in SPLITS:
        batches = workers.map(encode, read(folder / f"{split}.text"))
        write(folder / f"{split}.arrow", IDS, batches)
        (folder / f"{split}.text").unlink()
    _write_json(folder / "test_references.json", held_out.references)
    _write_json(folder / "report.json", asdict(report))


def _sample_texts(text: Path, pairs: int, options: TokenizerConfig) -> Iterator[str]:
    """Both sides of pairs spread evenly over all, of ``train_sentences`` sentences at most."""
    stride = max(1, -(-2 * pairs // options.train_sentences))
    for src, tgt in islice(to_pairs(read(text)), 0, None, stride):
        yield src
        yield tgt


def _write_json(path: Path, content: Any) -> None:
    """Write ``content`` as readable JSON."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
