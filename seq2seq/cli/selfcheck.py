"""``seq2seq selfcheck``: prove on a run that decoding does what it promises."""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.config import Device
from seq2seq.errors import UserError

if TYPE_CHECKING:
    from seq2seq.export.engine import CTranslate2Translator
    from seq2seq.run import Run

BUILT_IN = [
    "Yes.",
    "Hello, how are you?",
    "My sister lives in a small town near the sea.",
    "Where did you buy these new shoes, and how much were they?",
    "If I had more money, I would buy a new car and drive to the mountains with my friends.",
    "He said that he would come, but nobody has seen him since he left the house this morning, "
    "and it is getting late.",
]


def main(arguments: list[str]) -> None:
    """Run the command."""
    given = build_parser().parse_args(arguments)
    if given.sentences < 1:
        raise UserError("--sentences must be at least 1")

    from seq2seq.analysis.selfcheck import selfcheck, table
    from seq2seq.data.sources import read_lines
    from seq2seq.device import pick_device
    from seq2seq.run import Run
    from seq2seq.translator import Translator

    run = Run.find(given.run, given.runs_dir)
    translator = Translator.from_run(run, pick_device(Device(given.device)))
    if given.file:
        lines, origin = read_lines(given.file), str(given.file)
        texts = list(islice((line for line in lines if line.strip()), given.sentences))
        if not texts:
            raise UserError(f"{given.file} has no sentence")
    else:
        texts, origin = own_sentences(run, given.sentences)
    print(f"{run.folder.name}, {len(texts)} sentences: {origin}\n")
    with tempfile.TemporaryDirectory() as folder:
        theirs = exported(run, translator.device.type, Path(folder) / "exported")
        checks = selfcheck(translator, texts, theirs)
    print(table(checks))
    broken = sum(not check.kept for check in checks)
    print(
        f"\n{broken} of {len(checks)} promises are broken" if broken else "\nall promises are kept"
    )
    sys.exit(1 if broken else 0)


def own_sentences(run: Run, count: int) -> tuple[list[str], str]:
    """Sentences of the run's validation set, or else built-in ones; and which they are."""
    from seq2seq.data.corpus import prepare

    try:
        corpus = prepare(run.config.data, run.config.tokenizer)
    except UserError as error:
        return BUILT_IN[:count], f"built-in, for the run's corpus is not here ({error})"
    texts = [text for text in corpus.validation["src"] if text.strip()]
    return texts[:count], f"validation set of {run.config.data.name}"


def exported(run: Run, device: str, folder: Path) -> CTranslate2Translator | None:
    """The run in CTranslate2, if that is installed and knows such a model and device."""
    from seq2seq.device import pick_device
    from seq2seq.translator import Translator

    try:
        from seq2seq.export.engine import CTranslate2Translator
        from seq2seq.export.spec import export_ctranslate2

        export_ctranslate2(run, Translator.from_run(run, pick_device(Device.cpu)), folder)
        return CTranslate2Translator.load(str(folder), device=device)
    except UserError as error:
        print(f"exported = ours is not checked: {error}\n")
        return None


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="seq2seq selfcheck",
        description="Prove on a trained run that decoding is exact: cached steps equal the full "
        "forward pass, batches, order and padding change nothing, scores are what forced decoding "
        "gives, and the exported model translates alike. Prints the largest difference of each "
        "check; the exit code is 1 if one fails.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--run", default="latest", help="name or folder of the run")
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs")
    parser.add_argument("--sentences", type=int, default=200, help="most sentences to check with")
    parser.add_argument(
        "--file", type=Path, help="text file, one sentence a line, instead of the validation set"
    )
    parser.add_argument(
        "--device", choices=[d.value for d in Device], default="auto", help="where to compute"
    )
    return parser
