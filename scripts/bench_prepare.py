"""Measure what large corpora cost: preparing them, ordering their batches, taking a run up again.

A corpus is made from given pairs: each is repeated with one word of either side exchanged, until
there are as many as asked for. It is prepared, with one process and with several, and then read as
training reads it. Every measurement has a process of its own; memory is that of the process and all
that it started, looked up every 20 ms in Linux's /proc. *Anonymous* memory must fit into the
machine; *resident* counts mapped files too, which the system drops when it needs the room. Times
are of the CPU, which other work on the machine disturbs least; preparing has its wall time as well.

    python scripts/bench_prepare.py                                  # the starter corpus, repeated
    python scripts/bench_prepare.py --sizes 20000 --processes 1 --out bench.json
    python scripts/bench_prepare.py --join 4                         # sentences four times as long
    python scripts/bench_prepare.py --sizes --order 40000000         # only the order of so many
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
STARTER = [*sorted((REPOSITORY / "data/starter/written").glob("*.tsv")),
           REPOSITORY / "data/starter/composed.tsv.gz"]  # fmt: skip
POLL_SECONDS = 0.02
BATCHES = 100  # read to measure their speed

Pair = tuple[str, str]


@dataclass
class Measured:
    """What a process and its children took, and what it found.

    Attributes:
        pairs: Pairs it was given.
        processes: How many worked.
        cpu_seconds: Of all processes together, their imports included.
        anonymous_mb: Most memory of all processes at one moment, mapped files left out.
        resident_mb: The same with mapped files, counted in each process that has them.
        found: What the process itself measured.
    """

    pairs: int
    processes: int
    cpu_seconds: float
    anonymous_mb: float
    resident_mb: float
    found: dict[str, float] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, nargs="+", default=STARTER, help="tables to repeat")
    parser.add_argument("--sizes", type=int, nargs="*", default=[140_000, 1_000_000])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--join", type=int, default=1, help="pairs that are put into one")
    parser.add_argument("--sentences", type=int, default=2_000_000, help="to learn pieces from")
    parser.add_argument("--order", type=int, nargs="*", default=[], help="sizes without a corpus")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        kind, place, *numbers = options.child
        print(json.dumps(CHILDREN[kind](place, *map(int, numbers))))
        return
    prepared, read = [], []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as name:
            write_corpus(Path(name) / "pairs.tsv", options.pairs, size, options.join)
            for processes in options.processes:
                prepared.append(measure("prepare", name, size, processes, options.sentences))
                show_prepared(prepared[-1])
            read.append(measure("read", name, size))
            show_read(read[-1])
    ordered = [measure("order", "-", size) for size in options.order]
    for result in ordered:
        show_ordered(result)
    if options.out:
        results = {"prepare": prepared, "read": read, "order": ordered}
        plain = {kind: [asdict(one) for one in many] for kind, many in results.items()}
        options.out.write_text(json.dumps({"join": options.join, **plain}, indent=1), "utf-8")


def write_corpus(path: Path, tables: list[Path], size: int, join: int) -> None:
    """A table of ``size`` pairs: those of ``tables`` again and again, from then on with noise."""
    from seq2seq.data.sources import read_lines

    rng = random.Random(1)
    lines = (line.split("\t") for table in tables for line in read_lines(table))
    pairs = [(cells[0], cells[1]) for cells in lines]
    rng.shuffle(pairs)
    words = [[word for pair in pairs for word in pair[side].split(" ")] for side in (0, 1)]

    def endless() -> Iterator[Pair]:
        yield from pairs
        while True:
            for pair in pairs:
                src, tgt = (exchange(rng, pair[side], words[side]) for side in (0, 1))
                yield src, tgt

    stream = endless()
    with path.open("w", encoding="utf-8") as file:
        for _ in range(size):
            src, tgt = zip(*islice(stream, join), strict=True)
            file.write(f"{' '.join(src)}\t{' '.join(tgt)}\n")


def exchange(rng: random.Random, text: str, words: list[str]) -> str:
    """The text with one of its words exchanged for another."""
    parts = text.split(" ")
    parts[rng.randrange(len(parts))] = rng.choice(words)
    return " ".join(parts)


def measure(kind: str, place: str, pairs: int, processes: int = 1, sentences: int = 0) -> Measured:
    """Run one measurement, and watch its memory."""
    numbers = map(str, (pairs, processes, sentences))
    command = [sys.executable, __file__, "--child", kind, place, *numbers]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    anonymous = resident = 0.0
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        memory = [memory_mb(process) for process in family(child.pid)]
        anonymous = max(anonymous, sum(a for a, _ in memory))
        resident = max(resident, sum(r for _, r in memory))
        time.sleep(POLL_SECONDS)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode or child.stdout is None:
        raise SystemExit(f"measuring {kind} failed")
    found = json.loads(child.stdout.read().splitlines()[-1])
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(pairs, processes, cpu, anonymous, resident, found)


def family(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            started = children.read_text().split()
        except OSError:  # it has just ended
            continue
        for child in started:
            yield from family(int(child))


def memory_mb(pid: int) -> tuple[float, float]:
    """Anonymous and resident memory of a process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    kilobytes = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    anonymous = int(kilobytes.get("RssAnon", 0))
    return anonymous / 1e3, sum(map(int, kilobytes.values())) / 1e3


def child_prepare(place: str, _pairs: int, processes: int, sentences: int) -> dict[str, float]:
    """Prepare the corpus in ``place``."""
    from seq2seq.config import DataConfig, TokenizerConfig
    from seq2seq.data.corpus import prepare
    from seq2seq.data.tokenizer import Tokenizer

    learn, learning = Tokenizer.train, []

    def timed(texts: Iterator[str], config: TokenizerConfig) -> Tokenizer:
        started = time.process_time()
        tokenizer = learn(texts, config)
        learning.append(time.process_time() - started)
        return tokenizer

    Tokenizer.train = timed  # type: ignore[method-assign, assignment]
    data = DataConfig(
        name="bench", root=place, train=["pairs.tsv"], src_column="0", tgt_column="1",
        validation_size=100, test_size=100, cache_dir=f"{place}/{processes}", processes=processes,
    )  # fmt: skip
    started, started_cpu = time.perf_counter(), time.process_time()
    corpus = prepare(data, TokenizerConfig(train_sentences=sentences))
    return {
        "wall_seconds": time.perf_counter() - started,
        "main_seconds": time.process_time() - started_cpu - learning[0],
        "learning_seconds": learning[0],
        "kept": len(corpus.train),
        "text_bytes": (Path(place) / "pairs.tsv").stat().st_size,
        "prepared_bytes": sum(file.stat().st_size for file in corpus.folder.iterdir()),
    }


def child_read(place: str, *_: int) -> dict[str, float]:
    """Read the corpus prepared in ``place`` as training does."""
    from seq2seq.data.batches import BatchStream
    from seq2seq.data.corpus import Corpus

    corpus = Corpus.open(next(Path(place).glob("*/bench-*")))
    before = memory_mb(os.getpid())[0]
    started = time.process_time()
    stream = BatchStream(
        corpus.train, corpus.extra, corpus.tokenizer, extra_epochs=1, batch_tokens=4096,
        max_length=512, bpe_dropout=0.0, seed=1,
    )  # fmt: skip
    ready = time.process_time() - started
    count = len(stream.epoch(0))
    seeks = {}
    for name, position in {"first": (0, 0), "last": (0, count - 1), "tenth": (9, 0)}.items():
        started = time.process_time()
        next(stream.read(*position))
        seeks[f"seek_{name}_seconds"] = time.process_time() - started
    reader = stream.read(0, 0)
    next(reader)
    started = time.process_time()
    rows = sum(len(batch.src) for _, _, batch in islice(reader, BATCHES))
    return {
        "before_mb": before,
        "ready_seconds": ready,
        "batches": count,
        **seeks,
        "rows_per_second": rows / (time.process_time() - started),
    }


def child_order(_place: str, pairs: int, *_: int) -> dict[str, float]:
    """Order an epoch of pairs that are lengths alone, and look for their repetitions."""
    from seq2seq.data.batches import BatchSampler
    from seq2seq.data.duplicates import Seen
    from seq2seq.data.parallel import BLOCK

    rng = np.random.default_rng(1)
    before = memory_mb(os.getpid())[0]
    seen, started = Seen(), time.process_time()
    for _ in range(pairs // BLOCK):
        seen.add(rng.integers(0, 2**64, BLOCK, np.uint64))
    seen_seconds = time.process_time() - started
    seen_mb = memory_mb(os.getpid())[0] - before
    del seen
    lengths = [rng.integers(2, 60, pairs, np.int32) for _ in range(2)]
    started = time.process_time()
    batches = BatchSampler(*lengths, batch_tokens=25_000, seed=1).epoch(0, np.arange(pairs))
    return {
        "before_mb": before,
        "seen_seconds": seen_seconds,
        "seen_mb": seen_mb,
        "epoch_seconds": time.process_time() - started,
        "batches": len(batches),
    }


CHILDREN = {"prepare": child_prepare, "read": child_read, "order": child_order}


def show_prepared(result: Measured) -> None:
    found = result.found
    rest = result.cpu_seconds - found["learning_seconds"]
    print(
        f"prepare {result.pairs:,} pairs of {found['text_bytes'] / result.pairs:.0f} bytes in "
        f"{result.processes} processes: {found['wall_seconds']:.1f} s of wall time; CPU: pieces "
        f"learned in {found['learning_seconds']:.1f} s, the rest {rest:.1f} s "
        f"({result.pairs / rest:,.0f} pairs/s), {found['main_seconds']:.1f} s of it in the main "
        f"process; {result.anonymous_mb:,.0f} MB anonymous, {result.resident_mb:,.0f} MB resident; "
        f"{found['prepared_bytes'] / result.pairs:.0f} bytes a pair on disk"
    )


def show_read(result: Measured) -> None:
    found = result.found
    seeks = ", ".join(
        f"{found[f'seek_{name}_seconds']:.2f} s to the {name} {what}"
        for name, what in {"first": "batch", "last": "batch", "tenth": "epoch"}.items()
    )
    print(
        f"read {result.pairs:,} pairs: ready in {found['ready_seconds']:.2f} s; {seeks}; "
        f"{found['rows_per_second']:,.0f} pairs/s; "
        f"{result.anonymous_mb:,.0f} MB anonymous ({found['before_mb']:,.0f} of them imports)"
    )


def show_ordered(result: Measured) -> None:
    found = result.found
    print(
        f"order {result.pairs:,} pairs into {found['batches']:,.0f} batches: "
        f"{found['epoch_seconds']:.1f} s; repetitions found in {found['seen_seconds']:.1f} s with "
        f"{found['seen_mb']:,.0f} MB; most memory at one moment "
        f"{result.anonymous_mb:,.0f} MB ({found['before_mb']:,.0f} of them imports)"
    )


if __name__ == "__main__":
    main()
