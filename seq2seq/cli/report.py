"""``seq2seq report``: a run as one page to look at, with its cross-attention."""

from __future__ import annotations

import argparse
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run the command."""
    given = build_parser().parse_args(arguments)

    from seq2seq.analysis.page_file import page_path, write_page
    from seq2seq.analysis.report.build import gather, page
    from seq2seq.config import Device
    from seq2seq.device import pick_device
    from seq2seq.run import Run
    from seq2seq.translator import Translator

    run = Run.find(given.run, given.runs_dir)
    path = page_path(given.out or run.folder / "report.html")  # before the work of gathering
    translator = Translator.from_run(run, pick_device(Device.cpu))  # a dozen sentences
    write_page(page(gather(run, translator)), path)
    print(f"{path}: open it in a browser")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="seq2seq report",
        description="Write one page about a run: results, curves, sentences, cross-attention. "
        "It needs no network and no other file.",
    )
    parser.add_argument("--run", default="latest", help="name or folder of the run (latest)")
    parser.add_argument("--runs-dir", default="runs", help="folder that holds the runs (runs)")
    parser.add_argument("--out", type=Path, help="file to write (report.html in the run's folder)")
    return parser
