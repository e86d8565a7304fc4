"""``seq2seq explain SENTENCE``: a walk through the cross-attention of a model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.config import Device
from seq2seq.errors import UserError

if TYPE_CHECKING:
    from seq2seq.analysis.explain.story import Story


def main(arguments: list[str]) -> None:
    """Run the command."""
    given = build_parser().parse_args(arguments)
    from seq2seq.analysis.page_file import page_path, write_page

    path = None if given.html is None else page_path(given.html)  # before the work
    story = toy_story(given) if given.toy else model_story(given)

    from seq2seq.analysis.explain.page import to_page
    from seq2seq.analysis.explain.text import to_text

    if path is not None:
        write_page(to_page(story), path)
    print(to_text(story))
    if path is not None:
        print(f"The same as a page, to be opened in a browser: {given.html}")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="seq2seq explain",
        description="Walk a sentence through the cross-attention of a trained model, number by "
        "number.",
    )
    parser.add_argument("text", nargs="?", help="sentence to walk through")
    parser.add_argument("--target", help="its translation (default: the model's own, greedy)")
    parser.add_argument("--word", help="target word to follow (default: the first)")
    parser.add_argument(
        "--layer", type=int, help="decoder block, from 1 (default: that of the head that aligns)"
    )
    parser.add_argument(
        "--head", type=int, help="head, from 1 (default: the one that aligns, or the sharpest)"
    )
    parser.add_argument("--html", type=Path, help="write the walk as a page to this file, too")
    parser.add_argument("--run", default="latest", help="name or folder of the run (latest)")
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs (runs)")
    parser.add_argument(
        "--device", choices=[d.value for d in Device], default="auto", help="where to compute"
    )
    parser.add_argument(
        "--toy", action="store_true", help="three made-up tokens instead, to be checked by hand"
    )
    return parser


def model_story(given: argparse.Namespace) -> Story:
    """The walk of a sentence through a run's model."""
    if given.text is None:
        raise UserError('give a sentence, such as "Hello, how are you?", or --toy')

    from seq2seq.analysis.explain.sentence_story import tell
    from seq2seq.analysis.explain.walk import explain
    from seq2seq.translator import Translator

    translator = Translator.load(given.run, runs_dir=given.runs_dir, device=given.device)
    explanation = explain(
        translator,
        given.text,
        target=given.target,
        word=given.word,
        layer=None if given.layer is None else given.layer - 1,
        head=None if given.head is None else given.head - 1,
    )
    return tell(explanation)


def toy_story(given: argparse.Namespace) -> Story:
    """The walk of the toy."""
    chosen = (given.text, given.target, given.word, given.layer, given.head)
    if any(choice is not None for choice in chosen):
        raise UserError("--toy has a sentence of its own: leave out the sentence, or --toy")

    from seq2seq.analysis.explain.toy import tell_toy, toy

    return tell_toy(toy())
