"""``seq2seq train``: corpus to trained run, test scores included."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.cli.hydra_command import choice, run_command, swept_name, task_overrides
from seq2seq.config import TrainConfig
from seq2seq.errors import UserError

if TYPE_CHECKING:
    from seq2seq.run import Run

RESUMABLE = {"name", "runs_dir", "resume", "device", "training.max_steps", "training.max_epochs"}


def main(arguments: list[str]) -> None:
    """Run the command."""
    run_command("train", TrainConfig, train, arguments)


def train(config: TrainConfig) -> None:
    """Prepare, train, and score on the test set."""
    from seq2seq.analysis.evaluation import evaluate, summary
    from seq2seq.data.corpus import prepare
    from seq2seq.run import Run, pick_device
    from seq2seq.training.loop import Trainer, peak_memory_bytes
    from seq2seq.training.manifest import write_manifest
    from seq2seq.translator import Translator

    device = pick_device(config.device)
    folder = run_folder(config)
    run = resumed_run(folder, config) if config.resume else None
    if run is None and folder.exists():
        raise UserError(
            f"{folder} exists already: take another name=, or go on with it by resume=true"
        )
    options = run.config if run else config
    corpus = prepare(options.data, options.tokenizer)
    run = run or Run.create(folder, config)
    corpus.tokenizer.save(run.folder / "tokenizer.model")
    write_manifest(run, corpus, device)
    run.mark_latest(Path(config.runs_dir))
    trainer = Trainer(run, corpus, device)
    print(trainer.description())
    if not trainer.fit():
        print(
            f"interrupted at step {trainer.progress.step}; go on with: "
            f"seq2seq train name={run_name(run, config)} resume=true",
            file=sys.stderr,
        )
        sys.exit(130)
    state = trainer.progress
    test = corpus.test[:]
    results = evaluate(
        Translator.from_run(run, device),
        test["src"],
        [test["tgt"]],
        run.config.decoding,
        run.folder / "evaluation" / "test",
        bootstrap=1000,
    )
    best = results[-1].scores
    trainer.finish({f"test/{name.lower()}": s.value for name, s in best.items()})
    peak = peak_memory_bytes(device)
    write_manifest(
        run, corpus, device, training_seconds=round(state.seconds), steps=state.step,
        best_step=state.best_step, peak_memory_bytes=peak,
        test={name: s.value for name, s in best.items()},
    )  # fmt: skip
    name = run_name(run, config)
    print(f"\ntest set of {config.data.name}, best step {state.best_step}:\n{summary(results)}")
    minutes = state.seconds / 60
    print(f"trained {state.step} steps in {minutes:.1f} min; peak memory {peak / 1e9:.2f} GB")
    print(f"\nrun: {run.folder}\nnext:")
    print('  make translate TEXT="Hello, how are you?"')
    print(f'  make evaluate ARGS="run={name}"\n  make tensorboard')


def run_folder(config: TrainConfig) -> Path:
    """``runs/<name>``, or ``runs/<name>/seed=1`` inside a sweep."""
    time = datetime.now().strftime("%Y%m%d-%H%M%S")
    swept = swept_name()
    name = config.name or ("sweep" if swept else f"{config.data.name}-{choice('model')}-{time}")
    return Path(config.runs_dir) / name / (swept or "")


def run_name(run: Run, config: TrainConfig) -> str:
    """How the user names the run: its path below ``runs_dir``."""
    return str(run.folder.resolve().relative_to(Path(config.runs_dir).resolve()))


def resumed_run(folder: Path, config: TrainConfig) -> Run:
    """The run to go on with: its own options rule, only its budget may grow.

    Raises:
        UserError: There is no such run, or other options were given.
    """
    from seq2seq.run import Run

    run = Run.open(folder) if (folder / "config.yaml").is_file() else None
    if run is None:
        raise UserError(f"there is no run {folder} to resume")
    given = task_overrides()
    refused = sorted(given - RESUMABLE)
    if refused:
        raise UserError(f"a resumed run keeps its own options: leave out {', '.join(refused)}")
    for name in ("max_steps", "max_epochs"):
        if f"training.{name}" in given:
            run.config.training.max_epochs = run.config.training.max_minutes = None
            setattr(run.config.training, name, getattr(config.training, name))
    return run
