"""The check of a GPU, tried as a check of the CPU against itself."""

import gpu_check
import pytest
import torch
from gpu_check import likeness, main

from seq2seq.config import Precision
from seq2seq.errors import UserError
from seq2seq.translation import Candidate, Translation
from tests.training.conftest import TINY

TOY = [option for option in TINY if not option.startswith("device")]
SHORT = ["--steps", "4", "--sentences", "10", *TOY]


@pytest.fixture(autouse=True)
def _in_toy_folder(toy_folder, monkeypatch):
    monkeypatch.chdir(toy_folder)


def test_the_cpu_agrees_with_itself_and_is_measured(capsys):
    assert main(["--device", "cpu", *SHORT]) == 0
    *_, reference, float32, bf16, _, beam1, beam5, verdict = capsys.readouterr().out.splitlines()
    assert float32.split()[2:4] == reference.split()[2:4]  # the same losses
    assert "0.000000" in float32
    assert "0.000000" not in bf16
    for line in (beam1, beam5):
        assert "10 of 10" in line
    assert verdict == "all agree"


def test_losses_that_differ_too_much_fail(capsys, monkeypatch):
    monkeypatch.setattr(gpu_check, "LOSS_TOLERANCE", {Precision.bf16: 1e-9})
    assert main(["--device", "cpu", *SHORT]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if "!" in line] == ["bf16", "see"]


def test_a_loss_that_is_no_number_fails_with_a_line(capsys, monkeypatch):
    train = gpu_check.train

    def broken(config, *arguments):
        if config.training.precision is Precision.bf16:
            raise UserError("the loss is not finite")
        return train(config, *arguments)

    monkeypatch.setattr(gpu_check, "train", broken)
    assert main(["--device", "cpu", *SHORT]) == 1
    assert "bf16: the loss or its gradient is not finite !" in capsys.readouterr().out


def test_translations_are_the_same_if_their_ids_are():
    def translations(*found):
        return [
            Translation("x", [Candidate("", ids, [], score, score, True)]) for ids, score in found
        ]

    first = translations(([1], -1.0), ([2], -2.0), ([3], -3.0))
    second = translations(([1], -1.5), ([2], -2.0), ([4], -9.0))
    assert likeness(first, second) == (2, 0.5)
    assert likeness([Translation("", [])], [Translation("", [])]) == (1, 0.0)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_in_one_line(capsys):
    assert main(SHORT) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert len(printed.err.strip().splitlines()) == 1
    assert "device=cuda is not available" in printed.err


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_gpu_agrees_with_the_cpu():
    assert main(SHORT) == 0
