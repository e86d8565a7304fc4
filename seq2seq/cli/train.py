"""``seq2seq train``: corpus to trained run, test scores included."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.cli.hydra_command import choice, run_command, sweep_folder, task_overrides
from seq2seq.config import TrainConfig
from seq2seq.errors import UserError
from seq2seq.options import as_argument

if TYPE_CHECKING:
    import torch

    from seq2seq.run import Run
    from seq2seq.training.distributed import World
    from seq2seq.training.loop import Trainer

RESUMABLE = {"name", "runs_dir", "resume", "device", "training.max_steps", "training.max_epochs"}


def main(arguments: list[str]) -> None:
    """Run the command."""
    run_command("train", TrainConfig, train, arguments)


def train(config: TrainConfig) -> None:
    """Prepare, train, and score on the test set, alone or as one of torchrun's processes."""
    from seq2seq.training.distributed import joined

    with joined(config.device) as (world, device):
        train_together(config, world, device)


def train_together(config: TrainConfig, world: World, device: torch.device) -> None:
    """The same, in a world: what is not training is done by its main process alone."""
    from seq2seq.data.corpus import Corpus
    from seq2seq.training.loop import Trainer

    run, prepared = world.on_main(lambda: start(config, device, world.size))
    if not prepared.is_dir():
        raise UserError(f"process {world.rank} has no {prepared}: all machines must share a folder")
    try:
        trainer = Trainer(run, Corpus.open(prepared), device, world)
    except UserError:  # a file that an option names, say: leave no empty run behind
        if not config.resume and world.main:
            shutil.rmtree(run.folder)
        raise
    if world.main:
        run.mark_latest(Path(config.runs_dir))
        print(trainer.description())
    finished = trainer.fit()
    name = Path(os.path.relpath(run.folder, config.runs_dir)).as_posix()
    if finished:
        world.on_main(lambda: report(trainer, device))
        return
    if world.main:
        step = trainer.progress.step
        together = f" in {world.size} processes" if world.size > 1 else ""
        command = resume_command(config, name)
        print(f"interrupted at step {step}; go on{together} with: {command}", file=sys.stderr)
    sys.exit(130)


def start(config: TrainConfig, device: torch.device, processes: int) -> tuple[Run, Path]:
    """A new run, or the one to go on with, and the folder of its prepared corpus.

    Raises:
        UserError: The new run exists already, the other cannot be resumed, or it is a sweep of
            several processes.
    """
    from seq2seq.data.corpus import prepare
    from seq2seq.run import Run
    from seq2seq.training.manifest import check_same_corpus, write_manifest

    if processes > 1 and sweep_folder():
        raise UserError("torchrun trains one run: leave out -m and start it for each value")
    folder = run_folder(config)
    if config.resume:
        run = resumed_run(folder, config)
        corpus = prepare(run.config.data, run.config.tokenizer)
        check_same_corpus(run, corpus)
    else:
        refuse_existing(folder)  # before the work of preparing
        corpus = prepare(config.data, config.tokenizer)
        run = Run.create(folder, config)
        corpus.tokenizer.save(run.folder / "tokenizer.model")
        write_manifest(run, corpus, device, processes)
    return run, corpus.folder


def report(trainer: Trainer, device: torch.device) -> None:
    """Score the best weights on the test set, write and print the results, and what comes next."""
    from seq2seq.analysis.evaluation import evaluate, summary
    from seq2seq.analysis.protocol import protocol_of
    from seq2seq.device import peak_memory_bytes
    from seq2seq.training.manifest import write_manifest
    from seq2seq.translator import Translator

    run, corpus, state = trainer.run, trainer.corpus, trainer.progress
    references = corpus.references("test")
    results = evaluate(
        Translator.from_run(run, device),
        list(corpus.test["src"]),
        references,
        run.config.decoding,
        run.folder / "evaluation" / "test",
        bootstrap=1000,
        protocol=protocol_of(run.config.data, references),
    )
    test = {name: score.value for name, score in results[-1].scores.items()}
    trainer.log_results({f"test/{name.lower()}": value for name, value in test.items()})
    peak = peak_memory_bytes(device)
    write_manifest(
        run,
        corpus,
        device,
        trainer.world.size,
        training_seconds=round(state.seconds),
        steps=state.step,
        best_step=state.best_step,
        tokens_per_second=round(state.tokens / state.step_seconds),
        peak_memory_bytes=peak,
        test=test,
    )
    print(f"\ntest set of {run.config.data.name}, weights of step {state.best_step}:")
    print(summary(results))
    print(
        f"trained {state.step} steps in {state.seconds / 60:.1f} min, "
        f"{state.tokens / state.step_seconds:,.0f} target tokens/s; "
        f"peak memory {peak / 1e9:.2f} GB"
    )
    print(f"\nrun: {run.folder}\nnext:")
    print('  make translate TEXT="Hello, how are you?"')
    print("  make report\n  make evaluate\n  make tensorboard")


def resume_command(config: TrainConfig, name: str) -> str:
    """What goes on with the run called ``name``, in the same place and on the same device."""
    options = [as_argument("name", name)]
    if config.runs_dir != TrainConfig.runs_dir:
        options.append(as_argument("runs_dir", config.runs_dir))
    if config.device is not TrainConfig.device:
        options.append(f"device={config.device.value}")
    return f"seq2seq train {' '.join(options)} resume=true"


def run_folder(config: TrainConfig) -> Path:
    """``runs/<name>``, or ``runs/<name>/seed-1`` inside a sweep."""
    default = f"{config.data.name}-{choice('model')}-{datetime.now():%Y%m%d-%H%M%S}"
    return sweep_folder() or Path(config.runs_dir) / (config.name or default)


def refuse_existing(folder: Path) -> None:
    """A run is never overwritten."""
    if folder.exists():
        raise UserError(
            f"{folder} exists already: take another name=, or go on with it by resume=true"
        )


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
            run.save_config()
    return run
