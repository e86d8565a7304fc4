"""The benchmark of training: end to end on a toy, and its figures by hand."""

import json
import sys

import bench_machine
import bench_training
import pytest
import torch
from bench_peer import MarianPeer

from seq2seq.analysis.operations import MatrixWeights
from seq2seq.config import ModelConfig
from seq2seq.data.batches import Batch
from seq2seq.errors import UserError
from tests.conftest import tiny_model
from tests.training.conftest import TINY, toy_folder

__all__ = ["toy_folder"]  # a fixture

SHORT = [*TINY, "--steps", "2", "--turns", "2"]


@pytest.fixture(autouse=True)
def folder(toy_folder, monkeypatch):
    """Work beside the toy corpus, with products that take no time."""
    monkeypatch.chdir(toy_folder)
    monkeypatch.setattr(bench_machine, "PRODUCTS", [(16, 16, 16), (32, 8, 16)])
    monkeypatch.setattr(bench_machine, "SECONDS", 0.001)


def measured(tmp_path, *arguments):
    file = tmp_path / "result.json"
    bench_training.main([*SHORT, "--json", str(file), *arguments])
    return json.loads(file.read_text("utf-8"))


def test_everything_is_measured_printed_and_written(tmp_path, capsys):
    result = measured(tmp_path, "training.muon_learning_rate=0")
    assert set(result) == {
        "date", "machine", "overrides", "precision", "ceiling", "ours", "padding",
        "peak_memory_bytes", "step_ms", "parts_ms",
    }  # fmt: skip
    assert result["overrides"] == [*TINY, "training.muon_learning_rate=0"]
    ours, ceiling = result["ours"], result["ceiling"]
    assert ours["steps"] == 4
    assert len(ours["turns"]) == 2
    assert min(ours["turns"]) <= ours["tgt_tokens_per_second"] <= max(ours["turns"])
    best = [max(rates.values()) for rates in ceiling["rates"]]
    assert ceiling["turns"] == pytest.approx([(best[0] + best[1]) / 2, (best[1] + best[2]) / 2])
    assert ceiling["gflops"] == pytest.approx(sum(ceiling["turns"]) / 2)
    assert ours["ceiling_share"] == pytest.approx(sum(ours["ceiling_shares"]) / 2)
    printed = capsys.readouterr().out
    for word in (*bench_training.PARTS, "ceiling", "target", "source", "padding", "peak memory"):
        assert word in printed
    assert f"{ours['tgt_tokens_per_second']:,.0f} tokens/s" in printed


def test_the_parts_are_the_step(tmp_path):
    result = measured(tmp_path)
    parts = result["parts_ms"]
    assert tuple(parts) == (*bench_training.PARTS, "other")
    assert min(parts.values()) > 0
    assert sum(parts.values()) == pytest.approx(result["step_ms"])


def test_training_is_as_before_when_its_parts_were_timed(tmp_path):
    before = Batch.to, bench_training.loop.smoothed_cross_entropy
    measured(tmp_path)
    assert before == (Batch.to, bench_training.loop.smoothed_cross_entropy)


def test_a_peer_of_the_same_shape_takes_the_same_batches(tmp_path):
    pytest.importorskip("transformers")
    result = measured(tmp_path, "--peer")
    ours, peer = result["ours"], result["peer"]
    final_norms = 4 * 32  # its norms stand after the sublayers
    assert ours["parameters"] - peer["parameters"] == final_norms
    assert ours["steps"] == peer["steps"]
    assert len(result["ratios"]) == 2
    by_turns = [mine / its for mine, its in zip(ours["turns"], peer["turns"], strict=True)]
    assert result["ratios"] == pytest.approx(by_turns)
    assert result["ratio"] == pytest.approx(sum(by_turns) / 2)
    assert abs(ours["last_loss"] - peer["last_loss"]) < 1.5


def test_without_transformers_a_peer_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[peers\]'"):
        MarianPeer(ModelConfig(), 40, 0.1, torch.autocast("cpu", enabled=False))


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--json", "held.tsv"], "exists already"),
        (["--json", "nowhere/x.json"], "no folder nowhere"),
        (["model.widht=8"], "did you mean model.width?"),
        (["seed=1,2"], "sweeps over values: write a list"),
    ],
)
def test_mistakes_are_refused_in_a_line(arguments, answer, toy_folder, capsys):
    held = (toy_folder / "held.tsv").read_bytes()
    with pytest.raises(SystemExit, match="2"):
        bench_training.main([*SHORT, *arguments])
    assert answer in capsys.readouterr().err
    assert (toy_folder / "held.tsv").read_bytes() == held


def test_padding_counts_as_nothing():
    batch = Batch.from_ids([[5, 6], [7]], [[8], [9, 10, 11]])
    turns = [bench_training.Turn(seconds, [batch], 2.0) for seconds in (1.0, 3.0, 2.0)]
    weights = MatrixWeights(src=10, tgt=100)
    summary = bench_training.summary(tiny_model(), turns, weights, [1e-5, 2e-6, 4e-6])
    operations = 6 * (5 * 10 + 6 * 100)
    assert summary["src_tokens_per_second"] == 3 * 5 / 6
    assert summary["tgt_tokens_per_second"] == 3 * 6 / 6
    assert summary["turns"] == [6, 2, 3]
    assert summary["gflops"] == pytest.approx(operations / 2 / 1e9)
    assert summary["ceiling_shares"] == pytest.approx([0.39, 0.65, 0.4875])
    assert summary["ceiling_share"] == pytest.approx(0.4875)
    assert bench_training.padding([batch]) == {"src": 1 / 6, "tgt": 2 / 8, "both": 3 / 14}
