"""``seq2seq compare RUN_A RUN_B``: is one evaluated run better, where, and in which sentences?"""

from __future__ import annotations

import argparse


def main(arguments: list[str]) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="seq2seq compare",
        description="Compare two runs that were evaluated on the same test set: paired bootstrap "
        "significance, BLEU by length, and the sentences that differ most.",
    )
    parser.add_argument("run_a", help="name or folder of the run that is the baseline")
    parser.add_argument("run_b", help="name or folder of the other one")
    parser.add_argument("--set", default="test", help="test set, as evaluate named it (test)")
    parser.add_argument("--search", help="greedy or beam-N (the widest that both have)")
    parser.add_argument("--sentences", type=int, default=5, help="how many to show (5)")
    parser.add_argument("--samples", type=int, default=1000, help="resamplings (1000)")
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs (runs)")
    given = parser.parse_args(arguments)

    from seq2seq.analysis.compare import compare
    from seq2seq.options import require
    from seq2seq.run import Run

    require(given.sentences >= 0, "--sentences must be at least 0")
    require(given.samples >= 1, "--samples must be at least 1")
    a, b = (Run.find(name, given.runs_dir).folder for name in (given.run_a, given.run_b))
    found = compare(a, b, test=given.set, search=given.search, samples=given.samples)
    print(f"A  {given.run_a}\nB  {given.run_b}\n{found.describe(given.sentences)}")
