"""``seq2seq translate``: sentences from the command line, a file, a pipe, or a prompt."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from enum import Enum
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, cast

from seq2seq.cli.stream import Work, in_chunks, scoring, splitting, translating, with_bar
from seq2seq.config import DecodingConfig, Device
from seq2seq.errors import UserError
from seq2seq.options import from_plain

if TYPE_CHECKING:
    from seq2seq.export.engine import CTranslate2Translator
    from seq2seq.translator import Translator

SCORE_OPTIONS = {"penalty", "length_penalty"}  # with a meaning for --targets


def main(arguments: list[str]) -> None:
    """Run the command."""
    given = build_parser().parse_args(arguments)
    names = [f.name for f in fields(DecodingConfig)]
    options = from_plain(DecodingConfig, {name: getattr(given, name) for name in names})
    check(given)

    translator, language = load(given)
    if given.targets:
        pairs = with_targets(input_lines(given), given.targets)
        show(
            in_chunks(pairs, scoring(cast("Translator", translator), options, given.format)), given
        )
        return
    if given.split:
        work = splitting(translator, options, language)
    else:
        work = translating(translator, options, given.format, given.prefix)
    if not given.text and not given.file and sys.stdin.isatty():
        prompt(work)
    else:
        show(in_chunks(input_lines(given), work), given)


def build_parser() -> argparse.ArgumentParser:
    """The command line; defaults of the search are those of ``DecodingConfig``."""
    parser = argparse.ArgumentParser(
        prog="seq2seq translate",
        description="Translate sentences; without any, lines of standard input or of a prompt.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("text", nargs="*", help="sentences to translate")
    parser.add_argument("--file", type=Path, help="text file, one sentence a line")
    parser.add_argument(
        "--split", action="store_true", help="a line is a paragraph: split it, and keep the layout"
    )
    parser.add_argument(
        "--targets", type=Path, help="score the translations in this file instead, line by line"
    )
    parser.add_argument(
        "--run", action="append", default=argparse.SUPPRESS,
        help="name or folder of the run; several, each after --run, translate as an ensemble "
        "(default: latest)",
    )  # fmt: skip
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs")
    parser.add_argument(
        "--format",
        choices=["text", "json", "pharaoh"],
        default="text",
        help="text; json: everything that is known; pharaoh: source ||| translation ||| word links",
    )
    parser.add_argument(
        "--engine",
        choices=["torch", "ctranslate2"],
        default="torch",
        help="what computes; ctranslate2: an exported folder as --run, at once and without torch",
    )
    parser.add_argument(
        "--device", choices=[d.value for d in Device], default="auto", help="where to compute"
    )
    parser.add_argument("--prefix", default="", help="words that every translation begins with")
    add_decoding(parser)
    return parser


def add_decoding(parser: argparse.ArgumentParser) -> None:
    """A flag for each option of ``DecodingConfig``, with its default and meaning."""
    for f in fields(DecodingConfig):
        flag, meaning = f"--{f.name.replace('_', '-')}", f.metadata["help"]
        if isinstance(f.default, bool):
            parser.add_argument(flag, action="store_true", help=meaning)
        elif isinstance(f.default, Enum):
            choices = [choice.value for choice in type(f.default)]
            parser.add_argument(flag, choices=choices, default=f.default.value, help=meaning)
        else:
            kind = int if f.default is None else type(f.default)
            parser.add_argument(flag, type=kind, default=f.default, help=meaning)


def check(given: argparse.Namespace) -> None:
    """Refuse combinations that make no sense, before anything slow is imported."""
    if given.text and given.file:
        raise UserError("give sentences or --file, not both")
    if given.engine == "ctranslate2" and (given.prefix or given.targets or len(runs_of(given)) > 1):
        raise UserError("--engine ctranslate2 takes one run: leave out --prefix and --targets")
    if given.split and (given.format != "text" or given.prefix or listed(given)):
        raise UserError("--split writes one text: leave out --format, --prefix and several answers")
    if given.targets:
        default = build_parser()
        ruled_out = ["split", "prefix", *(f.name for f in fields(DecodingConfig))]
        senseless = [
            f"--{name.replace('_', '-')}"
            for name in ruled_out
            if name not in SCORE_OPTIONS and getattr(given, name) != default.get_default(name)
        ]
        if senseless:
            raise UserError(f"--targets scores what is given: leave out {', '.join(senseless)}")
        if given.format == "pharaoh":
            raise UserError("--targets scores; to link translations that are given: seq2seq align")


def listed(given: argparse.Namespace) -> bool:
    """Whether a sentence gets several answers."""
    return given.n_best > 1 or (given.samples > 1 and not given.mbr)


def load(given: argparse.Namespace) -> tuple[Translator | CTranslate2Translator, str]:
    """The run or the ensemble, and the language that it reads; the other engine is not imported."""
    from seq2seq.run import Run

    run, *others = [Run.find(name, given.runs_dir) for name in runs_of(given)]
    language = "fr" if run.config.data.reverse else "en"
    if given.engine == "ctranslate2":
        from seq2seq.export.engine import CTranslate2Translator

        return CTranslate2Translator.from_run(run, given.device), language
    from seq2seq.device import pick_device
    from seq2seq.translator import Translator

    return Translator.from_run(run, pick_device(Device(given.device)), others), language


def runs_of(given: argparse.Namespace) -> list[str]:
    """Names of the runs."""
    return getattr(given, "run", ["latest"])


def input_lines(given: argparse.Namespace) -> Iterable[str]:
    """Sentences from the arguments, the file, or standard input."""
    from seq2seq.data.sources import decode_lines, read_lines

    if given.text:
        return list(given.text)
    return (
        read_lines(given.file) if given.file else decode_lines(sys.stdin.buffer, "standard input")
    )


def with_targets(lines: Iterable[str], targets: Path) -> Iterator[tuple[str, str]]:
    """Sentences with the translations that a file has for them, read side by side.

    Raises:
        UserError: There are more of one than of the other.
    """
    from seq2seq.data.sources import read_lines

    for number, (src, tgt) in enumerate(zip_longest(lines, read_lines(targets)), 1):
        if src is None or tgt is None:
            more, fewer = (
                ("translations", "sentences") if src is None else ("sentences", "translations")
            )
            raise UserError(
                f"{targets}: there are more {more} than {fewer} ({number - 1}): "
                "they go together line by line"
            )
        yield src, tgt


def show(answers: Iterable[str], given: argparse.Namespace) -> None:
    """Print answers as they come, with a bar where that helps."""

    def total() -> int | None:
        from seq2seq.data.sources import read_lines

        if given.text:
            return len(given.text)
        return (
            sum(1 for _ in read_lines(given.file)) if given.file and given.file.is_file() else None
        )

    for answer in with_bar(answers, total):
        print(answer, flush=True)


def prompt(work: Work[str]) -> None:
    """Answer what is typed, line by line, until end of input."""
    print("Type a sentence and Enter; Ctrl-D ends.", file=sys.stderr)
    while True:
        try:
            line = input("> ")
        except EOFError:
            print(file=sys.stderr)
            return
        except UnicodeDecodeError:
            print("this line is not UTF-8: convert it first", file=sys.stderr)
            continue
        try:
            print(*work([line], 1))
        except UserError as error:
            print(error, file=sys.stderr)
