"""``seq2seq evaluate``: translations of a test set, by greedy and another search, scored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.cli.hydra_command import run_command
from seq2seq.config import DataConfig, EvaluateConfig, Protocol
from seq2seq.options import require

if TYPE_CHECKING:
    from seq2seq.analysis.protocol import Multi30kProtocol


def main(arguments: list[str]) -> None:
    """Run the command."""
    run_command("evaluate", EvaluateConfig, evaluate_run, arguments)


def evaluate_run(config: EvaluateConfig) -> None:
    """Open the run or runs, find its test set or the given files, translate and score."""
    from seq2seq.analysis.evaluation import evaluate, summary
    from seq2seq.data.corpus import prepare
    from seq2seq.data.sources import read_lines
    from seq2seq.device import pick_device
    from seq2seq.run import Run
    from seq2seq.training.manifest import check_same_corpus
    from seq2seq.translator import Translator

    run, *others = [Run.find(name, config.runs_dir) for name in config.run]
    device = pick_device(config.device)
    if config.src is None:
        corpus = prepare(run.config.data, run.config.tokenizer)
        check_same_corpus(run, corpus)
        sources, name = list(getattr(corpus, config.split)["src"]), config.split
        references = corpus.references(config.split)
    else:
        sources = list(read_lines(Path(config.src)))
        references = [list[str | None](read_lines(Path(path))) for path in config.ref]
        references[1:] = [[line or None for line in further] for further in references[1:]]
        name = Path(config.src).name
    protocol = find_protocol(config, run.config.data, references)
    translator = Translator.from_run(run, device, others)
    folder = run.folder / "evaluation" / name
    results = evaluate(
        translator,
        sources,
        references,
        config.decoding,
        folder,
        bootstrap=config.bootstrap,
        protocol=protocol,
        others=config.run[1:],
    )
    names = " + ".join(each.folder.name for each in (run, *others))
    print(f"{names} on {name}:\n{summary(results)}")


def find_protocol(
    config: EvaluateConfig, data: DataConfig, references: Sequence[Sequence[str | None]]
) -> Multi30kProtocol | None:
    """The protocol asked for, or that of the run's own corpus.

    Raises:
        UserError: It cannot score these texts, or sacremoses is missing.
    """
    from seq2seq.analysis.protocol import Multi30kProtocol, protocol_of, refuse_tokenized
    from seq2seq.data.sources import read_lines

    if config.protocol is Protocol.none:
        return protocol_of(data, references) if config.src is None else None
    require(not data.reverse, "the multi30k protocol scores French, but this run writes English")
    for lines in references:
        refuse_tokenized(
            lines, "the reference", "give raw text, and the official file as protocol_ref"
        )
    if config.protocol_ref is None:
        return Multi30kProtocol.from_raw(references)
    return Multi30kProtocol.official([[*read_lines(Path(config.protocol_ref))]])
