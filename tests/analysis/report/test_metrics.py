import json

import pytest

from seq2seq.analysis.report.metrics import (
    MOST_POINTS,
    curves,
    health_figures,
    points,
    read_metrics,
)
from seq2seq.errors import UserError
from tests.analysis.report.reported import STEPS, validation


@pytest.fixture
def log(tmp_path):
    """Writes lines of a log and reads them."""

    def write(*lines):
        path = tmp_path / "metrics.jsonl"
        path.write_text("".join(lines), "utf-8")
        return read_metrics(path)

    return write


def line(**values):
    return json.dumps(values) + "\n"


def test_every_whole_line_is_read_and_a_cut_one_is_not(log):
    assert log(line(step=1, a=2), '{"step": 2, "a"') == [{"step": 1, "a": 2}]


def test_a_log_that_is_not_there_has_no_lines(tmp_path):
    assert read_metrics(tmp_path / "metrics.jsonl") == []


def test_numbers_that_no_picture_has_are_left_out(log):
    assert log('{"step": 1, "a": NaN, "b": Infinity, "c": 3}\n') == [{"step": 1, "c": 3}]


@pytest.mark.parametrize("damage", ["{oops}\n", '{"step": "x"}\n', '{"a": 1}\n', "3\n", "[1]\n"])
def test_a_damaged_line_is_said(log, damage):
    with pytest.raises(UserError, match=r"metrics.jsonl is damaged"):
        log(line(step=1), damage)


def test_curves_hold_the_logged_values_by_step():
    metrics = [{"step": 5.0, "train/loss": 4.0}, *({"step": s, **validation(s)} for s in STEPS)]
    loss, bleu, aer = curves(metrics)
    assert {s.name: s.points for s in loss.series} == {
        "training": [(5, 4.0)],
        "validation": [(20, 5.0), (40, 4.0), (60, 3.0)],
    }
    assert [s.points for s in bleu.series] == [[(20, 10.0), (40, 20.0), (60, 30.0)]]
    assert {s.name: s.points for s in aer.series} == {
        "aligning heads": [(20, 70.0), (40, 50.0), (60, 30.0)]
    }


def test_charts_without_a_point_are_left_out():
    assert curves([]) == []
    assert [chart.title for chart in curves([{"step": 5.0, "train/loss": 4.0}])] == ["Loss"]


def test_a_long_curve_is_averaged_over_neighbours():
    metrics = [{"step": float(s), "train/loss": float(s)} for s in range(10 * MOST_POINTS)]
    drawn = points(metrics, "train/loss")
    assert len(drawn) == MOST_POINTS
    assert drawn[0] == (round(4.5), 4.5)


def test_health_is_of_the_last_validation_that_has_it():
    metrics = [{"step": s, **validation(s)} for s in STEPS] + [{"step": 70.0, "train/loss": 1.0}]
    health = health_figures(metrics)
    assert (health.step, health.loss, health.loss_blind) == (60, 3.0, 5.0)
    tables = {table.title: table for table in health.tables}
    assert tables["Entropy"].values == [[1.1, 1.2], [2.1, 2.2]]
    assert tables["Entropy"].high == pytest.approx(2.2)
    assert tables["Loss added without the head"].values == [[1.1, 1.2], [2.1, 2.2]]  # above 3


def test_a_run_that_was_never_examined_has_no_health():
    assert health_figures([]) is None
    assert health_figures([{"step": 5.0, "validation/loss": 4.0}]) is None
