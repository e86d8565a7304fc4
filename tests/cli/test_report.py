"""``seq2seq report``: one page, written where it is asked for."""

import pytest

from seq2seq.analysis.page_file import MARK
from seq2seq.cli.report import main
from seq2seq.errors import UserError
from tests.analysis.report.reported import copied_run, reported_run


@pytest.fixture
def runs_dir(run_folder, tmp_path):
    reported_run(run_folder, tmp_path / "runs" / "one")
    return tmp_path / "runs"


def test_the_page_lies_in_the_run_folder_unless_told_otherwise(runs_dir, capsys):
    main(["--run", "one", "--runs-dir", str(runs_dir)])
    path = runs_dir / "one" / "report.html"
    assert path.read_text("utf-8").startswith(MARK)
    assert capsys.readouterr().out.startswith(str(path))
    main(["--run", "one", "--runs-dir", str(runs_dir), "--out", str(runs_dir / "page.html")])
    assert (runs_dir / "page.html").read_bytes() == path.read_bytes()


def test_a_run_that_is_not_there_is_said(runs_dir):
    with pytest.raises(UserError, match="no run 'two': there are one"):
        main(["--run", "two", "--runs-dir", str(runs_dir)])


def test_a_file_of_another_kind_is_kept_and_said_before_any_work(runs_dir, run_folder):
    folder = copied_run(run_folder, runs_dir / "two")
    (folder / "model.safetensors").write_bytes(b"damaged")  # is not even opened
    path = runs_dir / "notes.html"
    path.write_text("my notes", "utf-8")
    with pytest.raises(UserError, match=r"notes.html exists and is no page"):
        main(["--run", "two", "--runs-dir", str(runs_dir), "--out", str(path)])
    assert path.read_text("utf-8") == "my notes"


def test_a_run_without_weights_is_said(runs_dir, run_folder):
    folder = copied_run(run_folder, runs_dir / "two")
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match="has no weights yet"):
        main(["--run", "two", "--runs-dir", str(runs_dir)])
    assert not (folder / "report.html").exists()
