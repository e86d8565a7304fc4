"""Several processes train as one does, stop together, and resume exactly."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from seq2seq.config import Device
from seq2seq.errors import UserError
from seq2seq.training.checkpoint import read_checkpoint
from seq2seq.training.distributed import ALONE, joined
from tests.training.conftest import ENVIRONMENT, OPTIONS, TINY, seq2seq
from tests.training.test_resume import assert_same_run

BIN = Path(sys.executable).parent


def start(folder: Path, processes: int, *options: str) -> subprocess.Popen[str]:
    """Train in several processes, by the command of the README."""
    command = [BIN / "torchrun", "--standalone", f"--nproc-per-node={processes}", "--no-python",
               BIN / "seq2seq", "train", *options]  # fmt: skip
    return subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What the processes print, however they end."""
    try:
        return process.communicate(timeout=600)
    finally:
        process.terminate()  # if it hangs: torchrun ends its processes, too


def strike(process: subprocess.Popen[str], run: Path, number: int, *, after_step: int) -> None:
    """Send a signal to the last process once this sitting has logged ``after_step``."""
    metrics, begun = run / "metrics.jsonl", time.time()
    while process.poll() is None:
        fresh = metrics.exists() and metrics.stat().st_mtime > begun
        lines = metrics.read_text("utf-8").splitlines() if fresh else []
        if any(json.loads(line)["step"] >= after_step for line in lines if line.endswith("}")):
            break
        time.sleep(0.002)
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True)
    assert len(found.stdout.split()) == 3
    os.kill(max(map(int, found.stdout.split())), number)


def losses(run: Path) -> list[float]:
    """The logged losses of training."""
    lines = map(json.loads, (run / "metrics.jsonl").read_text("utf-8").splitlines())
    return [line["train/loss"] for line in lines if "train/loss" in line]


def test_without_torchrun_there_is_one_process_and_nothing_to_wait_for():
    with joined(Device.cpu) as (world, device):
        assert world is ALONE
        assert device.type == "cpu"
    assert not torch.distributed.is_initialized()
    assert world.main
    assert world.on_main(lambda: 3) == 3
    assert world.gather("a") == ["a"]
    assert world.sum(1, 2.5) == [1, 2.5]
    assert world.any(True)
    assert not world.any(False)
    model = torch.nn.Linear(1, 1)
    assert world.join(model) is model


def test_two_processes_have_the_losses_and_the_weights_of_one(toy_folder):
    """With micro-batches, a guided head, BPE-dropout, and batches of a single sentence."""
    pairs = (toy_folder / "train.tsv").read_text("utf-8").splitlines()
    (toy_folder / "links.tsv").write_text("".join(f"{pair}\t0-0 0-1\n" for pair in pairs), "utf-8")
    options = [
        *TINY, "training.max_steps=20", "training.log_every_steps=1", "model.dropout=0",
        "training.accumulate=2", "training.batch_tokens=30", "tokenizer.bpe_dropout=0.1",
        "data.links=[links.tsv]",
    ]  # fmt: skip
    runs = toy_folder / "runs"
    alone = seq2seq(toy_folder, "train", "name=alone", *options)
    assert alone.returncode == 0, alone.stderr
    pair = start(toy_folder, 2, "name=pair", *options)
    stdout, stderr = finish(pair)
    assert pair.returncode == 0, stderr
    assert stdout.count("pair: ") == 1  # the main process alone has a say
    assert losses(runs / "pair") == pytest.approx(losses(runs / "alone"), rel=1e-4)
    weights = load_file(runs / "alone" / "model.safetensors")
    for name, tensor in load_file(runs / "pair" / "model.safetensors").items():
        torch.testing.assert_close(tensor, weights[name], rtol=1e-3, atol=1e-4, msg=name)
    assert json.loads((runs / "pair" / "manifest.json").read_text())["processes"] == 2


def test_stopped_and_resumed_processes_end_as_if_uninterrupted(toy_folder):
    """One is killed, then one is asked to stop: all stop, and go on to the same bits.

    There are three, since the order of a sum matters from three numbers on.
    """
    options = [*OPTIONS, "training.max_steps=32"]
    runs = toy_folder / "runs"
    untouched = start(toy_folder, 3, "name=together", *options)
    _, stderr = finish(untouched)
    assert untouched.returncode == 0, stderr

    process = start(toy_folder, 3, "name=struck", *options)
    strike(process, runs / "struck", signal.SIGKILL, after_step=9)
    _, stderr = finish(process)
    assert process.returncode != 0
    assert "exitcode  : -9" in stderr  # torchrun names the one that was killed

    with pytest.raises(UserError, match=r"struck was trained by 3 .* not with 1") as refused:
        read_checkpoint(runs / "struck" / "checkpoint.pt", processes=1)
    assert "\n" not in str(refused.value)

    process = start(toy_folder, 3, "name=struck", "resume=true")
    strike(process, runs / "struck", signal.SIGTERM, after_step=15)
    _, stderr = finish(process)
    assert process.returncode != 0
    assert stderr.count("interrupted at step") == 1
    step = torch.load(runs / "struck" / "checkpoint.pt", weights_only=True)["progress"]["step"]
    assert 15 <= step < 32

    process = start(toy_folder, 3, "name=struck", "resume=true")
    _, stderr = finish(process)
    assert process.returncode == 0, stderr
    assert_same_run(runs / "struck", runs / "together")
