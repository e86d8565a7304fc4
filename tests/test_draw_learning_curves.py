import json
import sys

import pytest
from draw_learning_curves import learning_curves, main

from seq2seq.config import DataConfig, TrainConfig
from seq2seq.run import Run

LOG = [
    {"step": 100, "validation/bleu": 8.0},
    {"step": 100, "train/loss": 4.5, "train/minutes": 1.0},
    {"step": 200, "train/loss": 3.5, "train/minutes": 2.0},
    {"step": 300, "validation/bleu": 20.0},
    {"step": 300, "train/loss": 3.0, "train/minutes": 3.5},
]


def made(folder, log, corpus="corpus"):
    run = Run.create(folder, TrainConfig(data=DataConfig(name=corpus, train=["train.tsv"])))
    (run.folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))
    return folder


def draw(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["draw_learning_curves.py", *map(str, arguments)])
    main()


def test_every_run_becomes_a_curve_of_its_validations_over_minutes(tmp_path):
    runs = {name: Run.open(made(tmp_path / name, LOG)) for name in ("first", "second")}
    (axes,) = learning_curves(runs).axes
    assert [line.get_label() for line in axes.lines] == ["first", "second"]
    for line in axes.lines:
        assert line.get_xydata().tolist() == [[1.0, 8.0], [3.5, 20.0]]


def test_the_picture_is_written_where_it_is_wanted(tmp_path, monkeypatch, capsys):
    drawn = tmp_path / "curves.png"
    draw(monkeypatch, made(tmp_path / "run", LOG), "--out", drawn)
    assert drawn.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out == f"{drawn}\n"


def test_what_cannot_be_drawn_is_refused_in_a_line(tmp_path, monkeypatch):
    good, out = made(tmp_path / "good", LOG), ["--out", tmp_path / "curves.png"]
    bare = made(tmp_path / "bare", LOG[1:3])
    untimed = made(tmp_path / "untimed", LOG[:1])
    other = made(tmp_path / "other", LOG, corpus="another")
    for runs, message in (
        ([good, bare], "bare logged no minutes or no validation"),
        ([untimed], "untimed logged no minutes"),
        ([good, other], "not validated on the same sentences"),
        ([tmp_path / "none"], "no run"),
    ):
        with pytest.raises(SystemExit, match=message):
            draw(monkeypatch, *runs, *out)
        assert not (tmp_path / "curves.png").exists()
