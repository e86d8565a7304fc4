"""``seq2seq prepare``: build a corpus and say what was dropped and why."""

from __future__ import annotations

from seq2seq.cli.hydra_command import run_command
from seq2seq.config import PrepareConfig


def main(arguments: list[str]) -> None:
    """Run the command."""
    run_command("prepare", PrepareConfig, prepare_corpus, arguments)


def prepare_corpus(config: PrepareConfig) -> None:
    """Prepare, and print the report."""
    from seq2seq.data.corpus import prepare

    corpus = prepare(config.data, config.tokenizer)
    print("\n".join(corpus.report.lines()))
    print(
        f"train {len(corpus.train):,}, extra {len(corpus.extra):,}, "
        f"validation {len(corpus.validation):,}, test {len(corpus.test):,} pairs; "
        f"{len(corpus.tokenizer):,} pieces"
    )
    print(f"prepared corpus and drop report: {corpus.folder}/")
