"""``seq2seq export``, and the Python of its guide."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import PAIRS, REPOSITORY
from tests.training.conftest import ENVIRONMENT, seq2seq

SOURCE = PAIRS[0][0]


@pytest.fixture(scope="module")
def exports(run_folder, tmp_path_factory):
    """A working folder with a run and two exports of it."""
    pytest.importorskip("ctranslate2")
    folder = tmp_path_factory.mktemp("exports")
    shutil.copytree(run_folder, folder / "runs" / "untrained")
    for form, out in (("native", "small"), ("ctranslate2", "exported")):
        command = ("export", "--run", "untrained", "--format", form, "--out", out)
        done = seq2seq(folder, *command)
        assert done.returncode == 0, done.stderr
        assert re.match(rf"{out}: \d+\.\d MB; seq2seq translate .*--run {out}$", done.stdout)
    return folder


def translate(folder, *arguments):
    done = seq2seq(folder, "translate", *arguments, SOURCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(done):
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_what_is_exported_translates_as_the_run_does(exports):
    expected = translate(exports, "--run", "untrained", "--beam", "1")
    assert translate(exports, "--run", "small", "--beam", "1") == expected
    engine = ("--engine", "ctranslate2", "--run", "exported", "--beam", "1")
    assert translate(exports, *engine) == expected
    assert translate(exports, *engine, "--format", "pharaoh").count("|||") == 2


def test_each_engine_names_the_other_for_a_folder_that_is_not_its_own(exports):
    done = seq2seq(exports, "translate", "--run", "exported", SOURCE)
    assert "--engine ctranslate2" in refusal(done)
    done = seq2seq(exports, "translate", "--engine", "ctranslate2", "--run", "small", SOURCE)
    assert "seq2seq export" in refusal(done)
    twice = ("--engine", "ctranslate2", "--run", "exported", "--run", "exported")
    assert "takes one run" in refusal(seq2seq(exports, "translate", *twice, SOURCE))


def test_what_cannot_be_exported_is_refused_and_nothing_is_written(exports):
    before = sorted(path.name for path in exports.iterdir())
    for said, *flags in [
        ("exists already", "--out", "small"),
        ("exists already", "--out", "exported", "--format", "ctranslate2"),
        ("leave it out", "--out", "new", "--quantization", "int8"),
        ("no run 'nowhere'", "--out", "new", "--run", "nowhere"),
        ("is exported", "--out", "new", "--run", "exported"),
    ]:
        assert said in refusal(seq2seq(exports, "export", "--run", "untrained", *flags))
    assert sorted(path.name for path in exports.iterdir()) == before


def test_the_guides_python_runs_and_says_what_the_command_says(exports):
    guide = (REPOSITORY / "docs" / "export.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(import ctranslate2.*?)^```", guide, re.DOTALL | re.M)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=exports, env=ENVIRONMENT, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    text, *rows = done.stdout.splitlines()
    engine = ("--engine", "ctranslate2", "--run", "exported", "--beam", "1")
    assert translate(exports, *engine) == text + "\n"
    assert rows
