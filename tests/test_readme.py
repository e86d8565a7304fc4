"""Every command of README and docs/using.md runs as printed, in a folder with its files."""

import json
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY
from tests.training.conftest import COMMAND, ENVIRONMENT, TINY, toy_folder, whole

__all__ = ["toy_folder", "whole"]  # fixtures

PAGES = ["README.md", "docs/using.md"]
TEXT = "\n".join((REPOSITORY / page).read_text("utf-8") for page in PAGES)
FENCED = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
BLOCKS = [block for language, block in FENCED if not language]
LINES = [line.split("  #")[0].rstrip() for block in BLOCKS for line in block.splitlines()]
COMMANDS = [line for line in dict.fromkeys(LINES) if re.match(r"(echo .*\| )?seq2seq ", line)]
EXAMPLES = [block for language, block in FENCED if language == "python" and "import" in block]
SLOW = {"multi30k": "--cfg job"}  # not here: composed only


@pytest.fixture(scope="module")
def folder(whole, tmp_path_factory):
    """A working folder with a trained run and the files that the README's commands name."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("train.tsv", "held.tsv"):
        shutil.copy(whole.parents[1] / name, folder)
    shutil.copytree(whole, folder / "runs" / "my-run")
    (folder / "runs" / "latest").symlink_to("my-run")
    for name in ("letter.txt", "in.en", "in.fr", "hypotheses.txt", "reference.txt"):
        (folder / name).write_text("one two three\nred blue\n", "utf-8")
    (folder / "official.lc.norm.tok.fr").write_text("one two three\nred blue\n", "utf-8")
    (folder / "pairs.txt").write_text("one two ||| un deux\n", "utf-8")
    (folder / "data").symlink_to(REPOSITORY / "data")
    rows = [f"word {i},mot {i}\n" for i in range(2100)]
    (folder / "pairs.csv").write_text("english,french\n" + "".join(rows), "utf-8")
    return folder


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_runs_as_printed(folder, line):
    if " train " in line and "resume" not in line:
        wanted = next((flag for word, flag in SLOW.items() if word in line), None)
        small = [o for o in TINY if not ("data=" in line and o.startswith("data"))]
        line += f" {wanted}" if wanted else " " + shlex.join([*small, "training.max_steps=2"])
    program = shlex.join(COMMAND)
    line = re.sub(r"\bseq2seq\b", lambda _: program, line, count=1)
    answer = subprocess.run(
        line, shell=True, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout


def test_there_are_commands_to_test():
    assert len(COMMANDS) >= 30
    assert len(EXAMPLES) == 2


def test_a_sweep_nests_its_runs(folder):
    runs = {path.parent.name for path in (folder / "runs" / "seeds").glob("*/manifest.json")}
    assert runs == {"seed-1", "seed-2", "seed-3"}
    seeds = {
        json.loads((folder / "runs/seeds" / run / "manifest.json").read_text())["seed"]
        for run in runs
    }
    assert seeds == {1, 2, 3}


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_python_examples_run(folder, example):
    command = [sys.executable, "-c", example]
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True)


def test_the_tree_names_every_module():
    tree = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8").split("## The tree")[1]
    for path in (REPOSITORY / "seq2seq").rglob("*.py"):
        name = str(path.relative_to(REPOSITORY / "seq2seq"))
        if path.name != "__init__.py" and not name.startswith("cli/"):
            listed = name if path.parent.parent.name == "seq2seq" else path.name
            assert re.search(rf"[ \n]{re.escape(listed)}[ \n]", tree), name


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_pictures_and_links_exist(page):
    text = (REPOSITORY / page).read_text("utf-8")
    for target in re.findall(r'(?:src="|\]\()([^")#]+)', text):
        assert target.startswith("http") or (REPOSITORY / page).parent.joinpath(target).exists()
