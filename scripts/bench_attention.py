"""Measure what cross-attention costs: time and memory against source and target length.

One attention of width 256 with 4 heads is run forward on random input, in both of its paths: the
fused kernel, and the open one that keeps the T×S map. The theory says O(T·S·D) operations for the
products with the map, and O(T·S) memory where the map is stored.

    python scripts/bench_attention.py                       # table, docs/images/attention_cost.png
    python scripts/bench_attention.py --longest 1024 --out cost.png
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from matplotlib.figure import Figure

from seq2seq.model.attention import MultiHeadAttention

WIDTH, HEADS, BATCH = 256, 4, 4


@dataclass
class Cost:
    """Cost of one forward pass over a (T × S) map."""

    tgt_length: int
    src_length: int
    open_path: bool
    seconds: float
    extra_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--longest", type=int, default=2048, help="longest source and target")
    parser.add_argument("--out", type=Path, default=Path("docs/images/attention_cost.png"))
    parser.add_argument("--one", nargs=3, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(*measure(*options.one))
        return
    lengths = [n for n in (128, 256, 512, 1024, 2048, 4096) if n <= options.longest]
    shapes = [(512, s) for s in lengths] + [(t, 512) for t in lengths if t != 512]
    costs = [run(t, s, open_path) for t, s in shapes for open_path in (False, True)]
    print(
        f"width {WIDTH}, {HEADS} heads, batch {BATCH}, {torch.get_num_threads()} threads, forward"
    )
    print("     T      S  path    ms      extra MB")
    for c in costs:
        path = "open " if c.open_path else "fused"
        print(
            f"{c.tgt_length:6d} {c.src_length:6d}  {path} {c.seconds * 1e3:7.1f} "
            f"{c.extra_bytes / 1e6:10.1f}"
        )
    draw(costs).savefig(options.out, dpi=120)
    print(f"plot: {options.out}")


def run(tgt_length: int, src_length: int, open_path: bool) -> Cost:
    """Measure one shape in a process of its own, so that peak memory is its own too."""
    command = [sys.executable, __file__, "--one"]
    answer = subprocess.run(
        [*command, str(tgt_length), str(src_length), str(int(open_path))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, extra = answer.stdout.split()
    return Cost(tgt_length, src_length, open_path, float(seconds), int(extra))


@torch.inference_mode()
def measure(tgt_length: int, src_length: int, open_path: int) -> tuple[float, int]:
    """Best time of several runs in seconds, and growth of peak memory in bytes."""
    attention = MultiHeadAttention(WIDTH, HEADS).eval()
    x, source = torch.randn(BATCH, tgt_length, WIDTH), torch.randn(BATCH, src_length, WIDTH)
    memory = attention.keys_values(source)
    attention(x[:, :8], memory)  # what the first call allocates is not the map's
    before, seconds = peak_bytes(), float("inf")
    for _ in range(5):
        started = time.perf_counter()
        attention(x, memory, need_weights=bool(open_path))
        seconds = min(seconds, time.perf_counter() - started)
    return seconds, peak_bytes() - before


def peak_bytes() -> int:
    """Most resident memory of this process so far."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def draw(costs: list[Cost]) -> Figure:
    """Time and memory against S (at T = 512) and against T (at S = 512)."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    time_axes, memory_axes = figure.subplots(1, 2)
    for open_path, style in ((False, "-o"), (True, "--s")):
        name = "open (keeps the map)" if open_path else "fused"
        for axis in ("S", "T"):
            chosen = sorted(
                (c.src_length if axis == "S" else c.tgt_length, c.seconds, c.extra_bytes)
                for c in costs
                if c.open_path is open_path
                and (c.tgt_length if axis == "S" else c.src_length) == 512
            )
            lengths, seconds, extra = zip(*chosen, strict=True)
            label = f"{name}, over {axis}"
            time_axes.plot(lengths, [s * 1e3 for s in seconds], style, label=label, markersize=4)
            memory_axes.plot(lengths, [b / 1e6 for b in extra], style, label=label, markersize=4)
    for axes, what in ((time_axes, "milliseconds"), (memory_axes, "extra peak memory, MB")):
        axes.set_xlabel("length (the other side is 512)")
        axes.set_ylabel(what)
        axes.grid(alpha=0.3)
    time_axes.legend(fontsize=8)
    time_axes.set_title("time: O(T·S·D)", fontsize=10)
    memory_axes.set_title("memory of the map: O(T·S)", fontsize=10)
    return figure


if __name__ == "__main__":
    main()
