"""The Makefile's targets, and texts that reach the program untouched."""

import json
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

SHOW = "import json, sys; print(json.dumps(sys.argv[1:], ensure_ascii=False))"
TARGETS = (
    "setup", "train", "train-distributed", "evaluate", "translate", "report", "tensorboard",
    "bench-train", "selfcheck", "bench-decode", "data-check", "test", "check", "format", "clean",
)  # fmt: skip


def make(*arguments):
    """Run make in the repository, with nothing to set up."""
    command = ["make", "-s", "-C", str(REPOSITORY), "READY=", "READY_DEV=", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_help_is_the_default_and_lists_every_target_with_one_line():
    listed = make()
    assert listed == make("help")
    for target in TARGETS:
        assert listed.count(f"make {target} ") == 1


@pytest.mark.parametrize(
    "text",
    [
        "Hello, how are you?",
        "What's it cost? $5",
        'She said "no" $(date) `date` \\ #1; 100 %',
        "L'été, un œuf coûte 2 €… n'est-ce pas ?",
        "-h is not an option here",
    ],
)
def test_a_text_reaches_the_program_untouched(tmp_path, text):
    (tmp_path / "show.py").write_text(SHOW, "utf-8")
    program = f"SEQ2SEQ={sys.executable} {tmp_path}/show.py"
    assert json.loads(make("translate", program, f"TEXT={text}")) == ["translate", "--", text]


def test_without_a_text_standard_input_is_translated_and_args_are_handed_on(tmp_path):
    (tmp_path / "show.py").write_text(SHOW, "utf-8")
    program = f"SEQ2SEQ={sys.executable} {tmp_path}/show.py"
    assert json.loads(make("translate", program, "ARGS=--beam 2")) == ["translate", "--beam", "2"]
    assert json.loads(make("train", program, "ARGS=model=small seed=3")) == [
        "train", "model=small", "seed=3",
    ]  # fmt: skip


def test_the_benchmark_takes_args_and_only_a_peer_is_installed():
    plan = make("-n", "bench-train", "ARGS=model=small --steps 3", "READY_PEERS=peers")
    assert plan.strip().endswith("bench_training.py model=small --steps 3")
    assert "[peers]" not in plan
    assert "[peers]" in make("-n", "bench-train", "ARGS=--peer", "READY_PEERS=peers")


def test_the_selfcheck_takes_a_run_and_args():
    plan = make("-n", "selfcheck", "RUN=my run", "ARGS=--sentences 9")
    assert plan.strip().endswith('selfcheck --run "my run" --sentences 9')
    assert "--run" not in make("-n", "selfcheck")


def test_the_benchmark_of_decoding_takes_args_and_only_a_peer_is_installed():
    plan = make("-n", "bench-decode", "ARGS=--beams 5", "READY_PEERS=peers")
    assert plan.strip().endswith("bench_decoding.py --beams 5")
    assert "[peers]" not in plan
    assert "[peers]" in make("-n", "bench-decode", "ARGS=--peer", "READY_PEERS=peers")


def test_torchrun_starts_as_many_processes_as_wished():
    plan = make("-n", "train-distributed", "NPROC=3", "BIN=bin", "ARGS=name=x seed=2")
    assert plan.split() == [
        "bin/torchrun", "--standalone", "--nproc-per-node=3", "--no-python", "bin/seq2seq", "train",
        "name=x", "seed=2",
    ]  # fmt: skip


def test_the_corpus_check_takes_a_reference_and_args():
    plan = make("-n", "data-check", "REFERENCE=my pairs.tsv", "ARGS=--root here")
    assert plan.strip().endswith('check_starter.py --reference "my pairs.tsv" --root here')
    assert "--reference" not in make("-n", "data-check")


def test_the_small_cpu_build_of_torch_is_one_word_away():
    command = ["make", "-n", "-B", "-C", str(REPOSITORY), "setup"]
    for torch, expected in ({"TORCH=cpu": True, "TORCH=default": False}).items():
        plan = subprocess.run([*command, torch], capture_output=True, text=True).stdout
        assert ("--index-url" in plan) is expected
        assert "--constraint constraints.txt" in plan
