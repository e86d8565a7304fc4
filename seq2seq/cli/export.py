"""``seq2seq export``: a run as a small folder of its own, for this project or for CTranslate2."""

from __future__ import annotations

import argparse
from pathlib import Path

from seq2seq.errors import UserError

TYPES = (
    "float32", "float16", "bfloat16", "int16", "int8", "int8_float32", "int8_float16",
    "int8_bfloat16",
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Run the command."""
    given = build_parser().parse_args(arguments)
    if given.quantization and given.format != "ctranslate2":
        raise UserError("--quantization is of --format ctranslate2: leave it out")

    from seq2seq.config import Device
    from seq2seq.device import pick_device
    from seq2seq.run import Run
    from seq2seq.translator import Translator

    run = Run.find(given.run, given.runs_dir)
    translator = Translator.from_run(run, pick_device(Device.cpu))  # refuses what is damaged
    engine = ""
    if given.format == "ctranslate2":
        from seq2seq.export.spec import export_ctranslate2

        export_ctranslate2(run, translator, given.out, given.quantization)
        engine = "--engine ctranslate2 "
    else:
        from seq2seq.export.native import export_native

        export_native(run, given.out)
    size = sum(path.stat().st_size for path in given.out.iterdir())
    print(f"{given.out}: {size / 1e6:.1f} MB; seq2seq translate {engine}--run {given.out}")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="seq2seq export",
        description="Write a run as a self-contained folder: weights, options, tokenizer.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--run", default="latest", help="name or folder of the run")
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs")
    parser.add_argument(
        "--format",
        choices=["native", "ctranslate2"],
        default="native",
        help="native: opens as any run does; ctranslate2: for translate --engine ctranslate2",
    )
    parser.add_argument(
        "--quantization", choices=TYPES, help="type of CTranslate2's weights (None: float32)"
    )
    parser.add_argument("--out", type=Path, required=True, help="new folder to write")
    return parser
