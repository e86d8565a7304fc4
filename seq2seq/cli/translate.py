"""``seq2seq translate``: sentences from the command line, a file, a pipe, or a prompt."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.config import DecodingConfig, Device
from seq2seq.errors import UserError

if TYPE_CHECKING:
    from seq2seq.translation import Translation
    from seq2seq.translator import Translator

CHUNK = 1024  # lines translated at a time


def main(arguments: list[str]) -> None:
    """Run the command."""
    given = build_parser().parse_args(arguments)
    options = DecodingConfig(
        beam=given.beam,
        n_best=given.n_best,
        length_penalty=given.length_penalty,
        max_length=given.max_length,
    )
    if given.text and given.file:
        raise UserError("give sentences or --file, not both")

    from seq2seq.translator import Translator

    translator = Translator.load(given.run, runs_dir=given.runs_dir, device=given.device)
    if not given.text and not given.file and sys.stdin.isatty():
        prompt(translator, options, given.format)
        return
    align = given.format != "text"
    for translation in translate_lines(translator, input_lines(given), options, align=align):
        print(render(translation, given.format), flush=True)


def build_parser() -> argparse.ArgumentParser:
    """The command line; defaults of the search are those of ``DecodingConfig``."""
    default = DecodingConfig()
    parser = argparse.ArgumentParser(
        prog="seq2seq translate",
        description="Translate sentences; without any, lines of standard input or of a prompt.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("text", nargs="*", help="sentences to translate")
    parser.add_argument("--file", type=Path, help="text file, one sentence a line")
    parser.add_argument("--run", default="latest", help="name or folder of the run")
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs")
    parser.add_argument("--beam", type=int, default=default.beam, help="beam width; 1 is greedy")
    parser.add_argument(
        "--n-best", type=int, default=default.n_best, help="translations of each sentence"
    )
    parser.add_argument(
        "--length-penalty", type=float, default=default.length_penalty, help="its exponent"
    )
    parser.add_argument(
        "--max-length", type=int, default=default.max_length, help="most tokens of a translation"
    )
    parser.add_argument(
        "--format",
        choices=["text", "json", "pharaoh"],
        default="text",
        help="text; json: everything that is known; pharaoh: source ||| translation ||| word links",
    )
    parser.add_argument(
        "--device", choices=[d.value for d in Device], default="auto", help="where to compute"
    )
    return parser


def input_lines(given: argparse.Namespace) -> Iterable[str]:
    """Sentences from the arguments, the file, or standard input."""
    from seq2seq.data.sources import decode_lines, read_lines

    if given.text:
        return list(given.text)
    return (
        read_lines(given.file) if given.file else decode_lines(sys.stdin.buffer, "standard input")
    )


def translate_lines(
    translator: Translator, lines: Iterable[str], options: DecodingConfig, *, align: bool = False
) -> Iterator[Translation]:
    """Translations in order, computed in chunks so that memory stays flat."""
    iterator, first = iter(lines), 1
    while chunk := list(islice(iterator, CHUNK)):
        yield from translator.translate(chunk, options, align=align, first=first)
        first += len(chunk)


def prompt(translator: Translator, options: DecodingConfig, form: str) -> None:
    """Translate what is typed, line by line, until end of input."""
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
            found = translator.translate([line], options, align=form != "text")
            print(render(found[0], form))
        except UserError as error:
            print(error, file=sys.stderr)


def render(translation: Translation, form: str) -> str:
    """A translation as text, a JSON object, or linked words; a line for each of an n-best list."""
    candidates = translation.candidates
    if form == "json":
        shown = [{**vars(c), "alignment": c.alignment and c.alignment.plain()} for c in candidates]
        return json.dumps({"src": translation.src, "candidates": shown}, ensure_ascii=False)
    if form == "pharaoh":
        linked = [str(c.alignment) for c in candidates]
        return "\n".join(linked) or " ||| ||| "
    if len(candidates) <= 1:
        return translation.text
    return "\n".join(f"{c.score:8.4f}  {c.text}" for c in candidates)
