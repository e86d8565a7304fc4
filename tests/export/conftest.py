"""Untrained runs and what they are exported to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from seq2seq.alignment.weights import AligningHead, Reading
from seq2seq.config import DataConfig, Norm, TrainConfig
from seq2seq.run import Run
from seq2seq.translator import Translator
from tests.conftest import tiny_model

OUTPUT_HEAD = AligningHead(Reading.output, 0, 1)
INPUT_HEAD = AligningHead(Reading.input, 1, 1)
MEAN = AligningHead(Reading.output, 1)
RUNS = [(Norm.pre, OUTPUT_HEAD), (Norm.post, INPUT_HEAD), (Norm.pre, MEAN), (Norm.post, None)]


@pytest.fixture(scope="session", params=RUNS, ids=lambda run: f"{run[0].value}, {run[1]}")
def run(request, tmp_path_factory, tokenizer, run_folder) -> Run:
    """An untrained run: pre-norm or post-norm, with a head that aligns or none."""
    norm, head = request.param
    folder = tmp_path_factory.mktemp("runs") / "untrained"
    if norm is Norm.pre:
        run = Run.open(shutil.copytree(run_folder, folder))
    else:
        model = tiny_model(len(tokenizer), norm=norm)
        with torch.no_grad():
            for name, weight in model.named_parameters():
                weight.add_(0.2 * torch.randn_like(weight))  # norms and biases, too
                if "embedding" in name:
                    weight.mul_(2)
        data = DataConfig(name="x", train=["x.tsv"])
        run = Run.create(folder, TrainConfig(data=data, model=model.config))
        tokenizer.save(run.folder / "tokenizer.model")
        run.save_weights(model)
    if head is not None:
        run.save_aligning_heads([head, MEAN], 0.1, "gold")
    return run


@pytest.fixture(scope="session")
def ours(run) -> Translator:
    return Translator.load(str(run.folder), device="cpu")


@pytest.fixture(scope="session")
def exported(run, ours, tmp_path_factory) -> Path:
    """The run, exported for CTranslate2."""
    pytest.importorskip("ctranslate2")
    from seq2seq.export.spec import export_ctranslate2

    out = tmp_path_factory.mktemp("exports") / "exported"
    export_ctranslate2(run, ours, out)
    return out


@pytest.fixture(scope="session")
def theirs(exported):
    from seq2seq.export.engine import CTranslate2Translator

    return CTranslate2Translator.load(str(exported), device="cpu")
