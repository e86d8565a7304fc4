"""``seq2seq score HYPOTHESES REFERENCE …``: BLEU, chrF2 and TER of any translation."""

from __future__ import annotations

import argparse
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="seq2seq score", description="Score a translation against one or more references."
    )
    parser.add_argument("hypotheses", type=Path, help="text file, one raw translation a line")
    parser.add_argument("references", type=Path, nargs="+", help="parallel reference files")
    parser.add_argument(
        "--bootstrap", type=int, default=1000, help="resamplings behind the 95%% intervals (1000)"
    )
    options = parser.parse_args(arguments)

    from seq2seq.analysis.score import score
    from seq2seq.data.sources import read_lines

    scores = score(
        list(read_lines(options.hypotheses)),
        [list(read_lines(path)) for path in options.references],
        bootstrap=options.bootstrap,
    )
    for result in scores.values():
        print(result)
