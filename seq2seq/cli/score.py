"""``seq2seq score HYPOTHESES REFERENCE …``: any translation, by metric or by protocol."""

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
    parser.add_argument(
        "--protocol",
        choices=["multi30k"],
        help="BLEU as the literature reports it: raw French translations, lower-cased and "
        "Moses-tokenized, against the official tokenized reference (*.lc.norm.tok.fr)",
    )
    options = parser.parse_args(arguments)

    from seq2seq.analysis.protocol import Multi30kProtocol, refuse_tokenized
    from seq2seq.analysis.score import score
    from seq2seq.data.sources import read_lines

    hypotheses = list(read_lines(options.hypotheses))
    references = [list(read_lines(path)) for path in options.references]
    if options.protocol:
        refuse_tokenized(hypotheses, str(options.hypotheses), "give the raw translations")
        protocol = Multi30kProtocol.official(references)
        print(protocol.score(hypotheses, bootstrap=options.bootstrap))
        return
    for result in score(hypotheses, references, bootstrap=options.bootstrap).values():
        print(result)
