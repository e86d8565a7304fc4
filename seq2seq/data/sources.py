"""Where a corpus comes from: local files, a URL, or the hub, read as raw (source, target) pairs.

A source is first *located* (downloaded if it must be: everything becomes a local file) and then
*read* pair by pair, so a corpus never has to fit into memory. Nothing is cleaned here.
"""

from __future__ import annotations

import csv
import glob
import gzip
import hashlib
import os
import shutil
import urllib.request
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from io import BufferedReader
from itertools import zip_longest
from pathlib import Path
from typing import Any

from seq2seq.config import DataConfig
from seq2seq.errors import UserError, first_line

HUB = "hf://datasets/"
LOCAL_COPY = "for a local copy give data.root=FOLDER"
TABLES = {".tsv": "tsv", ".csv": "csv", ".json": "json", ".jsonl": "json", ".parquet": "parquet"}

Pair = tuple[str, str]


@dataclass(frozen=True)
class Located:
    """The local files of one split, and the hub commit they came from, if any."""

    files: list[Path]
    commit: str | None = None


def locate(config: DataConfig, names: list[str]) -> Located:
    """Find the files called ``names`` under ``config.root``, downloading what is not local.

    Raises:
        UserError: A file is missing, or cannot be reached.
    """
    if not names:
        return Located([])
    if config.root.startswith(HUB):
        return _from_hub(config, names)
    if config.root.startswith(("http://", "https://")):
        return Located([_download(f"{config.root}/{name}", config) for name in names])
    return Located([path for name in names for path in _local_files(config.root, name)])


def _local_files(root: str, name: str) -> list[Path]:
    """Files matching ``name`` (a path or a pattern) under ``root``, sorted."""
    path = Path(name).expanduser()
    folder = Path(path.anchor) if path.is_absolute() else Path(root).expanduser()
    pattern = str(path.relative_to(path.anchor)) if path.is_absolute() else name
    if not any(mark in pattern for mark in "*?["):
        found = [folder / pattern] if (folder / pattern).is_file() else []
    else:
        found = sorted(p for p in folder.glob(pattern) if p.is_file())
    if not found:
        raise UserError(f"no file {folder / pattern}: check data.root and the names in data")
    return found


def _download(url: str, config: DataConfig) -> Path:
    """A local copy of ``url``, fetched once; the name keeps the URL apart from others'."""
    key = hashlib.sha256(url.encode()).hexdigest()[:12]
    target = Path(config.cache_dir) / "downloads" / f"{key}-{url.rsplit('/', 1)[-1]}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with urllib.request.urlopen(url, timeout=30) as answer, partial.open("wb") as file:
            shutil.copyfileobj(answer, file)
            if answer.length:  # http.client says nothing of a connection that ends too early
                raise ConnectionError(f"the last {answer.length} bytes did not come")
        partial.replace(target)
    except (OSError, HTTPException) as error:
        raise UserError(f"cannot fetch {url} ({first_line(error)}): {LOCAL_COPY}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _from_hub(config: DataConfig, names: list[str]) -> Located:
    """Parquet files of a dataset repository at ``config.revision``, resolved to a commit."""
    from fnmatch import fnmatch

    from huggingface_hub import HfApi, hf_hub_download

    repository = config.root.removeprefix(HUB)
    cache = Path(config.cache_dir) / "hub"
    try:
        info = HfApi().dataset_info(repository, revision=config.revision, timeout=30)
        present = sorted(sibling.rfilename for sibling in info.siblings or [])
        found = {name: [file for file in present if fnmatch(file, name)] for name in names}
        for name in names:
            if not found[name]:
                raise UserError(f"{config.root} at {config.revision} has no file {name}")
        files = [
            Path(
                hf_hub_download(
                    repository, file, repo_type="dataset", revision=info.sha, cache_dir=cache
                )
            )
            for name in names
            for file in found[name]
        ]
    except UserError:
        raise
    except Exception as error:  # its HTTP library, and the errors with it, depend on the version
        raise UserError(
            f"cannot reach {config.root} ({first_line(error)}): {LOCAL_COPY}"
        ) from error
    return Located(files, info.sha)


def read_pairs(files: list[Path], config: DataConfig) -> Iterator[Pair]:
    """Raw pairs of tables and of parallel texts (each source file followed by its target file).

    Raises:
        UserError: Unequal line counts, a missing column, text that is not UTF-8.
    """
    for src, tgt in _read_files(files, config):
        yield (tgt, src) if config.reverse else (src, tgt)


def _read_files(files: list[Path], config: DataConfig) -> Iterator[Pair]:
    """Pairs in the order of the files' sides."""
    texts: list[Path] = []
    for path in files:
        kind = _kind(path)
        if kind == "tsv":
            rows = enumerate((line.split("\t") for line in read_lines(path)), 1)
            yield from _read_cells(path, rows, config)
        elif kind == "csv":
            yield from _read_cells(path, _csv_rows(path), config)
        elif kind:
            yield from _read_table(path, kind, config)
        else:
            texts.append(path)
            if len(texts) == 2:
                yield from _read_parallel(*texts)
                texts.clear()
    if texts:
        raise UserError(f"{texts[0]} has no partner: give texts in twos, source then target")


def _kind(path: Path) -> str | None:
    """The table format that a file's name tells (``.gz`` apart), or None for plain text."""
    suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
    return TABLES.get(suffixes[-1]) if suffixes else None


def open_text(path: Path) -> gzip.GzipFile | BufferedReader:
    """Open a plain or gzipped file for reading bytes."""
    try:
        return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a UTF-8 text file without their ends; only a newline character ends a line.

    Raises:
        UserError: The file is missing, not gzip although it says so, or not UTF-8.
    """
    with open_text(path) as file:
        try:
            yield from decode_lines(file, str(path))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UserError(
                f"{path} is not a whole gzip file: fetch or compress it anew"
            ) from error


def decode_lines(file: Iterable[bytes], name: str) -> Iterator[str]:
    """``read_lines`` for lines of bytes that come from elsewhere, called ``name`` in errors."""
    for number, line in enumerate(file, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UserError(f"{name} line {number} is not UTF-8: convert it first") from error
        yield text.removesuffix("\n").removesuffix("\r")


def _read_parallel(src: Path, tgt: Path) -> Iterator[Pair]:
    """Pairs of two texts, line by line."""
    for number, (a, b) in enumerate(zip_longest(read_lines(src), read_lines(tgt)), 1):
        if a is None or b is None:
            longer, shorter = (tgt, src) if a is None else (src, tgt)
            raise UserError(
                f"{longer} has more lines than {shorter} (which ends at line {number - 1}): "
                "parallel texts need a line for a line"
            )
        yield a, b


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Cells of a comma-separated table, each row after the number of its last line.

    All of them stay text: no number is read, and ``None`` is a word.
    """
    reader = csv.reader((f"{line}\n" for line in read_lines(path)), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise UserError(f"{path} line {reader.line_num} is not CSV: {error}") from error


def _read_cells(
    path: Path, rows: Iterator[tuple[int, list[str]]], config: DataConfig
) -> Iterator[Pair]:
    """Pairs of numbered rows; columns by position (no header) or by name (header)."""
    columns = (config.src_column, config.tgt_column)
    if all(column.isdigit() for column in columns):
        src, tgt = (int(column) for column in columns)
    else:
        header = next(rows, (1, [""]))[1]
        src, tgt = (_column(header, column, path) for column in columns)
    for number, cells in rows:
        if max(src, tgt) >= len(cells):
            raise UserError(
                f"{path} line {number} has {len(cells)} columns, not {max(src, tgt) + 1}: "
                "mend the line or set data.src_column and data.tgt_column"
            )
        yield cells[src], cells[tgt]


def _column(header: list[str], column: str, path: Path) -> int:
    """Position of a named column."""
    if column not in header:
        raise UserError(
            f"{path} has no column {column!r}, only {', '.join(header)}: "
            "set data.src_column and data.tgt_column (numbers if there is no header line)"
        )
    return header.index(column)


def _read_table(path: Path, kind: str, config: DataConfig) -> Iterator[Pair]:
    """Pairs of a JSON-lines or Parquet file."""
    try:
        for row in _parquet_rows(path) if kind == "parquet" else _json_rows(path):
            yield _cell(row, config.src_column, path), _cell(row, config.tgt_column, path)
    except UserError:
        raise
    except Exception as error:  # each reader of the library raises kinds of its own
        raise UserError(f"cannot read {path} as {kind}: {first_line(error)}") from error


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet file, a thousand in memory at a time; ``datasets`` is 12 times slower."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        for batch in file.iter_batches(1000):
            yield from batch.to_pylist()


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSON-lines file, streamed through ``datasets``."""
    from datasets import load_dataset

    name = glob.escape(str(path))
    try:
        yield from load_dataset("json", data_files=name, split="train", streaming=True)
    except StopIteration:  # how the library says that a file is empty
        return


def _cell(row: dict[str, Any], column: str, path: Path) -> str:
    """Value of ``column`` ("a" or nested "a.b") in a row; missing text is empty."""
    value: Any = row
    for part in column.split("."):
        if not isinstance(value, dict) or part not in value:
            raise UserError(
                f"{path} has no column {column!r}, only {', '.join(row)}: "
                "set data.src_column and data.tgt_column"
            )
        value = value[part]
    return "" if value is None else str(value)
