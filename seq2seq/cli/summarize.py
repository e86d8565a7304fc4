"""``seq2seq summarize RUN …``: mean and standard deviation of the scores of several runs."""

from __future__ import annotations

import argparse
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="seq2seq summarize",
        description="Mean and standard deviation of scores, over runs or the runs of a sweep.",
    )
    parser.add_argument("runs", nargs="+", help="names or folders of runs, or of sweeps of runs")
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs (runs)")
    given = parser.parse_args(arguments)

    from seq2seq.analysis.summary import summarize

    folders = [folder for name in given.runs for folder in find(name, given.runs_dir)]
    print(f"{len(folders)} runs: {', '.join(folder.name for folder in folders)}")
    for line in summarize(folders):
        print(line)


def find(name: str, runs_dir: str) -> list[Path]:
    """A run, or all runs of a sweep."""
    from seq2seq.run import Run

    sweep = sorted((Path(runs_dir) / name).glob("*/config.yaml"))
    return [path.parent for path in sweep] or [Run.find(name, runs_dir).folder]
