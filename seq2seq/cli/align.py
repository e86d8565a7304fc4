"""``seq2seq align``: which words translate which, for sentence pairs of a file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from seq2seq.alignment.error_rate import score_links
from seq2seq.alignment.links import Symmetrization, symmetrize, to_pharaoh, transpose
from seq2seq.alignment.weights import AligningHead, Alignment, Reading, align_words
from seq2seq.alignment.words import join
from seq2seq.config import Device, ModelConfig
from seq2seq.data.gold import read_gold, split_pair
from seq2seq.device import pick_device
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.translator import Translator

CHUNK = 256  # lines aligned at a time: their weights are all kept

Words = tuple[list[str], list[str]]  # of source and target


@dataclass(frozen=True)
class Aligner:
    """A run that aligns, where it is read, and whether the source that it reads is French."""

    translator: Translator
    heads: list[AligningHead]
    reads_french: bool
    threshold: float | None
    sinks: bool

    @classmethod
    def load(cls, name: str, given: argparse.Namespace) -> Aligner:
        """Open a run by its name or folder; the command line may name another head."""
        run = Run.find(name, given.runs_dir)
        translator = Translator.from_run(run, pick_device(Device(given.device)))
        heads = translator.aligning_heads
        if given.layer is not None:
            heads = [chosen_head(given, run.config.model)]
        reverse = run.config.data.reverse
        return cls(translator, heads, reverse, given.threshold, given.sinks)

    def align(self, pairs: list[Words], *, first: int) -> list[Alignment]:
        """Link the words of pairs, whatever their tokenization; ``first`` counts them in errors."""
        french = self.reads_french
        texts = [(join(src, french=french), join(tgt, french=not french)) for src, tgt in pairs]
        attentions = self.translator.align_texts(texts, first=first)
        return [
            align_words(attention, self.heads, src, tgt, threshold=self.threshold, sinks=self.sinks)
            for attention, (src, tgt) in zip(attentions, pairs, strict=True)
        ]


def chosen_head(given: argparse.Namespace, model: ModelConfig) -> AligningHead:
    """The head that the command line names.

    Raises:
        UserError: The model has no such block or head.
    """
    numbers = (("--layer", given.layer, model.decoder_layers), ("--head", given.head, model.heads))
    for flag, number, count in numbers:
        if number is not None and not 1 <= number <= count:
            raise UserError(f"{flag} {number}: the model has 1 to {count}")
    head = None if given.head is None else given.head - 1
    return AligningHead(Reading(given.reading or "output"), given.layer - 1, head)


@dataclass(frozen=True)
class TwoWayAligner:
    """A run, and perhaps one of the other direction whose links are combined with its own."""

    forward: Aligner
    backward: Aligner | None
    how: Symmetrization

    @classmethod
    def load(cls, given: argparse.Namespace) -> TwoWayAligner:
        """Open the runs that the command line names."""
        forward = Aligner.load(given.run, given)
        backward = None
        if given.reverse_run is not None:
            backward = Aligner.load(given.reverse_run, given)
            if backward.reads_french == forward.reads_french:
                raise UserError(
                    f"{given.reverse_run} translates in the direction of {given.run}: train the "
                    "other one with data.reverse=true"
                )
        return cls(forward, backward, Symmetrization(given.symmetrize or "grow-diagonal"))

    def align(self, pairs: list[Words], *, first: int = 1) -> list[Alignment]:
        """Link the words of pairs."""
        found = self.forward.align(pairs, first=first)
        if self.backward is None:
            return found
        turned = self.backward.align([(tgt, src) for src, tgt in pairs], first=first)
        return [
            replace(ours, links=symmetrize(ours.links, transpose(theirs.links), self.how))
            for ours, theirs in zip(found, turned, strict=True)
        ]


def main(arguments: list[str]) -> None:
    """Run the command."""
    given = build_parser().parse_args(arguments)
    if given.gold and given.file:
        raise UserError("give a file to align or --gold to score, not both")
    for flag, needed in (("head", "layer"), ("reading", "layer"), ("symmetrize", "reverse_run")):
        if getattr(given, flag) is not None and getattr(given, needed) is None:
            raise UserError(f"--{flag} does nothing without --{needed.replace('_', '-')}: add it")
    if given.threshold is not None and not 0 < given.threshold <= 1:
        raise UserError("--threshold must be above 0 and at most 1")
    aligner = TwoWayAligner.load(given)
    if given.gold:
        print(score_gold(aligner, given.gold))
        return
    first = 1
    for pairs in read_chunks(given.file):
        for alignment in aligner.align(pairs, first=first):
            plain = given.format == "pharaoh"
            print(to_pharaoh(alignment.links) if plain else to_json(alignment))
        first += len(pairs)


def score_gold(aligner: TwoWayAligner, prefix: str) -> str:
    """Error rate on gold links, and what it is made of."""
    gold = read_gold(prefix)
    if aligner.forward.reads_french:
        gold = [pair.reversed() for pair in gold]
    found = aligner.align([(pair.src_words, pair.tgt_words) for pair in gold])
    if not any(a.links for a in found):
        raise UserError("no word has that much weight: lower --threshold")
    score = score_links([a.links for a in found], [pair.links for pair in gold])
    heads = "; ".join(map(str, aligner.forward.heads))
    return (
        f"{len(gold)} pairs, links by {heads}\n"
        f"AER {100 * score.aer:.1f}  precision {100 * score.precision:.1f}  "
        f"recall {100 * score.recall:.1f}  F1 {100 * score.f1:.1f}"
    )


def to_json(alignment: Alignment) -> str:
    """Words, links and weights in a line."""
    return json.dumps(alignment.plain(), ensure_ascii=False)


def read_chunks(file: Path | None) -> Iterator[list[Words]]:
    """Lines of a file or of standard input, as words of both sides."""
    from seq2seq.data.sources import decode_lines, read_lines

    name = str(file) if file else "standard input"
    lines = enumerate(read_lines(file) if file else decode_lines(sys.stdin.buffer, name), 1)
    while chunk := list(islice(lines, CHUNK)):
        yield [split_pair(line, f"{name} line {number}") for number, line in chunk]


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="seq2seq align",
        description="Link the words of lines 'source words ||| target words', separated by spaces.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("file", nargs="?", type=Path, help="lines to align; none: standard input")
    parser.add_argument(
        "--gold", help="score against gold links instead: NAME of NAME.src-tgt and NAME.gold"
    )
    parser.add_argument("--run", default="latest", help="name or folder of the run")
    parser.add_argument("--reverse-run", help="run of the other direction, to combine links with")
    parser.add_argument(
        "--symmetrize",
        choices=[how.value for how in Symmetrization],
        help="how the links of both directions are combined (grow-diagonal)",
    )
    parser.add_argument("--layer", type=int, help="decoder block to read, from 1, in both runs")
    parser.add_argument("--head", type=int, help="head of that block, from 1; none: their mean")
    parser.add_argument(
        "--reading",
        choices=[reading.value for reading in Reading],
        help="row of that block that belongs to a word: predicting it (output), or having read it",
    )
    parser.add_argument("--threshold", type=float, help="link all words of at least this weight")
    parser.add_argument(
        "--sinks", action="store_true", help="let </s> and the closing full stop win"
    )
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs")
    parser.add_argument(
        "--format",
        choices=["pharaoh", "json"],
        default="pharaoh",
        help="pharaoh: links i-j, source first, counted from 0; json: words, links and weights",
    )
    parser.add_argument(
        "--device", choices=[d.value for d in Device], default="auto", help="where to compute"
    )
    return parser
