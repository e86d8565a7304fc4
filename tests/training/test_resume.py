"""Interrupted and resumed equals uninterrupted, to the last bit."""

import json
import shutil
import signal
import subprocess
import time

import pytest
import torch
from safetensors.torch import load_file

from seq2seq.run import Run
from tests.training.conftest import COMMAND, ENVIRONMENT, OPTIONS, seq2seq

TIMES = ("train/tokens_per_second", "train/minutes")


def interrupt(folder, name, number, after_step):
    """Start a run and send it a signal once it has logged ``after_step``."""
    process = subprocess.Popen(
        [*COMMAND, "train", f"name={name}", *OPTIONS], cwd=folder, env=ENVIRONMENT,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    metrics = folder / "runs" / name / "metrics.jsonl"
    while process.poll() is None:
        lines = metrics.read_text("utf-8").splitlines() if metrics.exists() else []
        if any(json.loads(line)["step"] >= after_step for line in lines if line.endswith("}")):
            process.send_signal(number)
            break
        time.sleep(0.002)
    _, stderr = process.communicate(timeout=60)
    return process.returncode, stderr


def assert_same_run(resumed, whole):
    """Weights, training state, and all logged numbers but times are the same."""
    for name, tensor in load_file(whole / "model.safetensors").items():
        assert torch.equal(tensor, load_file(resumed / "model.safetensors")[name]), name
    a, b = (torch.load(run / "checkpoint.pt", weights_only=True) for run in (resumed, whole))
    for state in (a, b):
        del state["progress"]["seconds"], state["progress"]["step_seconds"]
    torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert numbers(resumed) == numbers(whole)


def numbers(run):
    lines = map(json.loads, (run / "metrics.jsonl").read_text("utf-8").splitlines())
    return [{k: v for k, v in line.items() if k not in TIMES} for line in lines]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_resume_and_ends_as_if_uninterrupted(
    toy_folder, whole, number
):
    name = f"stopped-{number}"
    code, stderr = interrupt(toy_folder, name, number, after_step=12)
    assert code == 130
    assert f"name={name} device=cpu resume=true" in stderr  # the device that it was given
    assert "Traceback" not in stderr
    answer = seq2seq(toy_folder, "train", f"name={name}", "resume=true")
    assert answer.returncode == 0, answer.stderr
    assert_same_run(toy_folder / "runs" / name, whole)


def test_a_killed_run_goes_on_from_its_last_checkpoint(toy_folder, whole):
    code, _ = interrupt(toy_folder, "killed", signal.SIGKILL, after_step=21)
    assert code == -signal.SIGKILL
    answer = seq2seq(toy_folder, "train", "name=killed", "resume=true")
    assert answer.returncode == 0, answer.stderr
    assert_same_run(toy_folder / "runs" / "killed", whole)


def test_a_finished_run_can_be_extended_but_not_changed(toy_folder, whole):
    shutil.copytree(whole, toy_folder / "runs" / "longer")
    refused = seq2seq(toy_folder, "train", "name=longer", "resume=true", "model.dropout=0.5")
    assert refused.returncode == 2
    assert "model.dropout" in refused.stderr
    answer = seq2seq(toy_folder, "train", "name=longer", "resume=true", "training.max_steps=48")
    assert answer.returncode == 0, answer.stderr
    state = torch.load(toy_folder / "runs/longer/checkpoint.pt", weights_only=True)
    assert state["progress"]["step"] == 48
    assert Run.open(toy_folder / "runs" / "longer").config.training.max_steps == 48  # from now on


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", b"PK\x03\x04 broken"])
def test_a_damaged_checkpoint_is_refused_in_one_line(toy_folder, whole, damage):
    folder = toy_folder / "runs" / f"damaged-{len(damage)}"
    shutil.copytree(whole, folder)
    (folder / "checkpoint.pt").write_bytes(damage)
    answer = seq2seq(toy_folder, "train", f"name={folder.name}", "resume=true")
    assert answer.returncode == 2
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "checkpoint.pt" in answer.stderr


def test_a_checkpoint_of_another_model_is_refused_in_one_line(toy_folder, whole):
    folder = toy_folder / "runs" / "foreign"
    shutil.copytree(whole, folder)
    options = (folder / "config.yaml").read_text("utf-8")
    (folder / "config.yaml").write_text(options.replace("width: 32", "width: 64", 1), "utf-8")
    answer = seq2seq(toy_folder, "train", "name=foreign", "resume=true")
    assert answer.returncode == 2
    assert len(answer.stderr.strip().splitlines()) == 1


def test_an_existing_run_is_refused_and_untouched(toy_folder, whole):
    before = (whole / "model.safetensors").read_bytes()
    answer = seq2seq(toy_folder, "train", "name=whole", *OPTIONS)
    assert answer.returncode == 2
    assert "resume=true" in answer.stderr
    assert (whole / "model.safetensors").read_bytes() == before


def test_a_changed_corpus_is_neither_resumed_nor_evaluated(toy_folder, whole, tmp_path):
    shutil.copytree(toy_folder, tmp_path / "moved", symlinks=True)
    with (tmp_path / "moved" / "train.tsv").open("a") as file:
        file.write("eleven\ttwelve\n")
    for command in (["evaluate", "run=whole"], ["train", "name=whole", "resume=true"]):
        answer = seq2seq(tmp_path / "moved", *command)
        assert answer.returncode == 2
        assert "has changed since" in answer.stderr
        assert len(answer.stderr.strip().splitlines()) == 1
