"""Measure decoding: sentences and tokens a second, latency, memory, and a cold start.

Without a run the weights are random and no sentence can end before its 18th token, so every engine
does the same work whatever it finds; the sources are random ids, as long as English sentences of
Multi30k. With --run its test set (or --file) is translated, and finished sentences leave.
Engines take turns on the same sentences (ours, peer, ours, peer, …); text is not part of it.

    python scripts/bench_decoding.py
    python scripts/bench_decoding.py --peer --batches 64 --json speed.json
    python scripts/bench_decoding.py --run latest --peer
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from bench_decoding_engines import Engine, Ours, peers, random_sources, random_translator
from bench_machine import head, heading, run_benchmark

from seq2seq.config import Device, ModelConfig
from seq2seq.data.corpus import prepare
from seq2seq.data.sources import read_lines
from seq2seq.data.tokenizer import EOS_ID
from seq2seq.device import peak_memory_bytes, pick_device
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.translator import Translator

SHAPES = Path(__file__).resolve().parents[1] / "configs" / "model"
MOST_BATCHES = 32  # of one turn
COMMAND = [sys.executable, "-c", "from seq2seq.cli.main import main; main()"]


@dataclass(frozen=True)
class Turn:
    """What one engine did in one turn: seconds of each call, and what came of them."""

    calls: list[float]
    sentences: int
    tokens: int

    @property
    def rate(self) -> float:
        """Sentences a second."""
        return self.sentences / sum(self.calls)


@dataclass(frozen=True)
class Speed:
    """One engine at one beam and batch.

    Attributes:
        turns: Sentences a second in each.
        ours_is: How many times as fast we are, by turns; empty for ours.
        latency_ms: Median and 95th percentile of one sentence, at batch 1.
    """

    engine: str
    beam: int
    batch: int
    sentences_per_second: float
    tokens_per_second: float
    turns: list[float]
    ours_is: list[float]
    latency_ms: tuple[float, float] | None


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    run_benchmark(lambda folder: bench(options, folder), table, options.json)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--run", help="trained run or its folder; without one, random weights")
    parser.add_argument("--file", type=Path, help="source text for --run (None: its test set)")
    parser.add_argument("--model", default="small", help="shape of the random weights")
    parser.add_argument("--vocab-size", type=int, default=6000, help="its vocabulary")
    parser.add_argument("--length", type=int, default=18, help="tokens that it writes")
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 5], help="1 is greedy")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--sentences", type=int, default=1000, help="most sentences in a turn")
    parser.add_argument("--turns", type=int, default=3, help="turns of each engine")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--peer", action="store_true", help="measure other engines beside it")
    parser.add_argument("--device", choices=[d.value for d in Device], default="auto")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to a new file")
    options = parser.parse_args(arguments)
    numbers = ("vocab_size", "length", "sentences", "turns", "threads")
    if min(*(getattr(options, n) for n in numbers), *options.beams, *options.batches) < 1:
        parser.error("numbers must be at least 1")
    if options.vocab_size <= EOS_ID + 1:
        parser.error(f"--vocab-size must be above {EOS_ID + 1}: so many ids are special")
    if options.file and not options.run:
        parser.error("--file is translated by a run: add --run")
    return options


def bench(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure everything; the result is plain numbers and texts."""
    torch.set_num_threads(options.threads)
    device = pick_device(Device(options.device))
    run = Run.find(options.run) if options.run else None
    ours, sources = subject(options, run, device)
    model = ours.translator.model
    loaded = peak_memory_bytes(device)
    cells = [(beam, batch) for beam in options.beams for batch in options.batches]
    for beam, batch in cells:  # warm-up, and alone in memory
        ours.decode(spread(sources, options.threads * batch), beam, batch)
    peak = peak_memory_bytes(device)
    engines: list[Engine] = [ours]
    if options.peer:
        engines += peers(model, ours.length, options.threads, folder)
    speeds: list[Speed] = []
    for beam, batch in cells:
        chosen = spread(sources, min(options.sentences, MOST_BATCHES * batch))
        speeds += measure(engines, chosen, beam, batch, options.turns)
    return {
        **head(device),
        "parameters": sum(p.numel() for p in model.parameters()),
        "weights": options.run or f"random, {options.length} tokens each",
        "speeds": [asdict(speed) for speed in speeds],
        "loaded_bytes": loaded,
        "peak_bytes": peak,
        "cold_start_seconds": cold_starts(run, ours, options, folder) if run else {},
    }


def subject(
    options: argparse.Namespace, run: Run | None, device: torch.device
) -> tuple[Ours, list[list[int]]]:
    """Our engine, and the ids that all engines translate."""
    if run:
        ours = Ours(Translator.from_run(run, device), None)
        return ours, encoded(ours.translator, texts_of(run, options.file))
    shape = SHAPES / f"{options.model}.yaml"
    if not shape.is_file():
        known = ", ".join(sorted(path.stem for path in SHAPES.glob("*.yaml")))
        raise UserError(f"there is no shape {options.model}: choose {known}")
    config = ModelConfig(**yaml.safe_load(shape.read_text("utf-8")))
    if options.length >= config.max_length:
        raise UserError(f"the model writes {config.max_length - 1} tokens at most: lower --length")
    translator = random_translator(config, options.vocab_size, device)
    return Ours(translator, options.length), random_sources(options.sentences, options.vocab_size)


def texts_of(run: Run, file: Path | None) -> list[str]:
    """Sentences of a file, or of the run's own test set."""
    if file:
        return list(read_lines(file))
    return list(prepare(run.config.data, run.config.tokenizer).test["src"])


def encoded(translator: Translator, texts: list[str]) -> list[list[int]]:
    """Their ids, long sentences first; blank ones are left out."""
    ids = sorted((ids for ids in translator.encode(texts) if ids), key=lambda ids: -len(ids))
    if not ids:
        raise UserError("there is no sentence to translate")
    return ids


def spread(sources: list[list[int]], count: int) -> list[list[int]]:
    """So many sentences (or all), of short ones and long ones alike."""
    count = min(count, len(sources))
    return [sources[number * len(sources) // count] for number in range(count)]


def measure(
    engines: Sequence[Engine], sources: list[list[int]], beam: int, batch: int, turns: int
) -> list[Speed]:
    """Let the engines translate the same sentences in turn; the first engine is ours."""
    done: list[list[Turn]] = [[] for _ in engines]
    for engine in engines[1:]:
        engine.decode(sources[:batch], beam, batch)  # warm-up
    for _ in range(turns):
        for engine, its_turns in zip(engines, done, strict=True):
            its_turns.append(take_turn(engine, sources, beam, batch))
    ours = done[0]
    return [
        speed(engine.name, beam, batch, its_turns, [] if its_turns is ours else ours)
        for engine, its_turns in zip(engines, done, strict=True)
    ]


def take_turn(engine: Engine, sources: list[list[int]], beam: int, batch: int) -> Turn:
    """Translate all sentences in one call, or in a call for each."""
    calls, tokens = [], 0
    for part in [[ids] for ids in sources] if batch == 1 else [sources]:
        started = time.perf_counter()
        tokens += engine.decode(part, beam, batch)
        calls.append(time.perf_counter() - started)
    return Turn(calls, len(sources), tokens)


def speed(name: str, beam: int, batch: int, turns: list[Turn], ours: list[Turn]) -> Speed:
    """All turns of an engine in figures, beside those of ours."""
    seconds = sum(sum(turn.calls) for turn in turns)
    calls = sorted(call for turn in turns for call in turn.calls)
    late = calls[min(len(calls) - 1, int(0.95 * len(calls)))]
    return Speed(
        engine=name,
        beam=beam,
        batch=batch,
        sentences_per_second=sum(turn.sentences for turn in turns) / seconds,
        tokens_per_second=sum(turn.tokens for turn in turns) / seconds,
        turns=[turn.rate for turn in turns],
        ours_is=[our.rate / turn.rate for our, turn in zip(ours, turns, strict=False)],
        latency_ms=(1e3 * statistics.median(calls), 1e3 * late) if batch == 1 else None,
    )


def cold_starts(
    run: Run, ours: Ours, options: argparse.Namespace, folder: Path
) -> dict[str, float]:
    """Median seconds of a command that translates one sentence, and of what it imports."""
    translate = [*COMMAND, "translate", "Hello!", "--run"]
    commands = {
        'python -c "import torch"': [sys.executable, "-c", "import torch"],
        "seq2seq translate": [*translate, str(run.folder)],
    }
    if options.peer:
        from seq2seq.export.spec import export_ctranslate2

        export_ctranslate2(run, ours.translator, folder / "exported")
        engine = [str(folder / "exported"), "--engine", "ctranslate2"]
        commands["seq2seq translate --engine ctranslate2"] = [*translate, *engine]
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(options.turns):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(each) for name, each in seconds.items()}


def table(result: dict[str, Any]) -> list[str]:
    """The result for the eye."""
    lines = [
        heading(result),
        f"{result['parameters'] / 1e6:.2f} M parameters, weights: {result['weights']}",
        f"memory: {result['peak_bytes'] / 1e6:,.0f} MB at most in decoding, "
        f"{result['loaded_bytes'] / 1e6:,.0f} MB before it",
        f"\n{'search':8}{'batch':>6}  {'engine':35}{'sentences/s':>12}{'tokens/s':>10}"
        f"{'ours is':>9}  {'latency ms: median, p95'}",
    ]
    for s in result["speeds"]:
        search = "greedy" if s["beam"] == 1 else f"beam {s['beam']}"
        ratio = f"{statistics.median(s['ours_is']):.2f} x" if s["ours_is"] else ""
        latency = "{:.1f}, {:.1f}".format(*s["latency_ms"]) if s["latency_ms"] else ""
        lines.append(
            f"{search:8}{s['batch']:6}  {s['engine']:35}{s['sentences_per_second']:12,.1f}"
            f"{s['tokens_per_second']:10,.0f}{ratio:>9}  {latency}".rstrip()
        )
    for name, seconds in result["cold_start_seconds"].items():
        lines.append(f"cold start of {name}: {seconds:.2f} s")
    return lines


if __name__ == "__main__":
    main()
