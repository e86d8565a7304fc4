"""What a machine is, and what its matrix products can do: the yardstick of the benchmarks.

python scripts/bench_machine.py
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from torch.utils.benchmark import Timer

from seq2seq.errors import UserError
from seq2seq.training.manifest import git_revision

PRODUCTS = [  # rows, inner, columns: squares, and the feed-forward products of a batch
    (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (4096, 256, 1024), (4096, 1024, 256),
]  # fmt: skip
LARGE_PRODUCTS = [(4096, 4096, 4096), (8192, 8192, 8192)]  # it takes these to fill a GPU
SECONDS = 0.5  # for each of them


def product_rates(device: torch.device, dtype: torch.dtype) -> dict[str, float]:
    """Rate of each matrix product in GFLOP/s, by its shape.

    It is the rate of the median call, which the machine holds; single calls can be much faster.
    """
    rates = {}
    for m, k, n in PRODUCTS + (LARGE_PRODUCTS if device.type != "cpu" else []):
        a, b = (torch.randn(*size, device=device, dtype=dtype) for size in ((m, k), (k, n)))
        timer = Timer("a @ b", globals={"a": a, "b": b}, num_threads=torch.get_num_threads())
        seconds = timer.blocked_autorange(min_run_time=SECONDS).median
        rates[f"{m}x{k}x{n}"] = 2e-9 * m * k * n / seconds
    return rates


def wait_for(device: torch.device) -> None:
    """Let an accelerator finish what it was given; a CPU has finished already."""
    if device.type != "cpu":
        torch.accelerator.synchronize()


def machine(device: torch.device) -> dict[str, Any]:
    """What something was measured on."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "git_revision": git_revision(),
    }


def head(device: torch.device) -> dict[str, Any]:
    """What every result begins with."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"date": now, "machine": machine(device)}


def heading(result: dict[str, Any]) -> str:
    """The same in a line."""
    on = result["machine"]
    return (
        f"{result['date']}, {on['cpu']}, {on['threads']} threads, {on['device']}, "
        f"torch {on['torch']}"
    )


def run_benchmark(
    bench: Callable[[Path], dict[str, Any]],
    table: Callable[[dict[str, Any]], list[str]],
    file: Path | None,
) -> None:
    """Measure in a temporary folder, print the table, keep the result in a new JSON file.

    Mistakes end in one line.
    """
    try:
        if file and file.exists():
            raise UserError(f"{file} exists already: name another file, or remove it")
        if file and not file.parent.is_dir():
            raise UserError(f"there is no folder {file.parent} for --json")
        with tempfile.TemporaryDirectory() as folder:
            result = bench(Path(folder))
        print("\n".join(table(result)))
        if file:
            with file.open("x", encoding="utf-8") as opened:
                json.dump(result, opened, indent=1)
    except (UserError, OSError) as error:
        print(f"{Path(sys.argv[0]).stem}: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    print(machine(torch.device("cpu")))
    for shape, gflops in product_rates(torch.device("cpu"), torch.float32).items():
        print(f"{shape:<16} {gflops:8.1f} GFLOP/s")
