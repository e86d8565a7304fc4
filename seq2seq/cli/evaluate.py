"""``seq2seq evaluate``: greedy and beam translations of a test set, scored and kept."""

from __future__ import annotations

from pathlib import Path

from seq2seq.cli.hydra_command import run_command
from seq2seq.config import EvaluateConfig


def main(arguments: list[str]) -> None:
    """Run the command."""
    run_command("evaluate", EvaluateConfig, evaluate_run, arguments)


def evaluate_run(config: EvaluateConfig) -> None:
    """Open the run, find its test set or the given files, translate and score."""
    from seq2seq.analysis.evaluation import evaluate, summary
    from seq2seq.data.corpus import prepare
    from seq2seq.data.sources import read_lines
    from seq2seq.device import pick_device
    from seq2seq.run import Run
    from seq2seq.training.manifest import check_same_corpus
    from seq2seq.translator import Translator

    run = Run.find(config.run, config.runs_dir)
    device = pick_device(config.device)
    if config.src is None:
        corpus = prepare(run.config.data, run.config.tokenizer)
        check_same_corpus(run, corpus)
        sources, name = list(getattr(corpus, config.split)["src"]), config.split
        references = corpus.references(config.split)
    else:
        sources = list(read_lines(Path(config.src)))
        references = [[*read_lines(Path(path))] for path in config.ref]
        name = Path(config.src).name
    translator = Translator.from_run(run, device)
    folder = run.folder / "evaluation" / name
    results = evaluate(
        translator, sources, references, config.decoding, folder, bootstrap=config.bootstrap
    )
    print(f"{run.folder.name} on {name}:\n{summary(results)}")
