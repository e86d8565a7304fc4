"""What a run leaves to look at, read back from a TensorBoard that is really started."""

import json
import re
import subprocess
import sys
import time
import urllib.request

import pytest


@pytest.fixture(scope="module")
def board(whole):
    """The address of a running TensorBoard over the run."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--port=0", "--logdir", whole / "tensorboard"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://\S+:\d+", line):
            break
    else:
        pytest.fail("TensorBoard ended without serving")
    yield re.sub(r"//[^:]+:", "//127.0.0.1:", found.group())
    process.terminate()
    process.wait()


def ask(board, path):
    """Tags of a plugin, once the first load is over."""
    for _ in range(100):
        with urllib.request.urlopen(f"{board}/data/plugin/{path}", timeout=10) as answer:
            content = json.load(answer)
        if content and all(content.values()):
            return content
        time.sleep(0.1)
    pytest.fail(f"no data at {path}")


def test_tensorboard_shows_curves_texts_and_cross_attention(board):
    scalars = set(ask(board, "scalars/tags")["."])
    assert scalars >= {
        "train/loss", "train/perplexity", "train/learning_rate", "train/gradient_norm",
        "train/tokens_per_second", "validation/loss", "validation/perplexity",
        "validation/bleu", "validation/chrf", "test/bleu", "test/chrf2",
    }  # fmt: skip
    images = ask(board, "images/tags")["."]
    assert {"attention/1_mean", "attention/1_heads"} <= set(images)
    drawn = ask_list(board, "images/images?run=.&tag=attention/1_mean&sample=0")
    assert [image["step"] for image in drawn] == [8, 16, 24, 32, 40]
    assert any("validation" in tag for tag in ask(board, "text/tags")["."])


def ask_list(board, path):
    with urllib.request.urlopen(f"{board}/data/plugin/{path}", timeout=10) as answer:
        return json.load(answer)


def test_metrics_are_one_json_object_a_line_with_every_validation(whole):
    lines = [json.loads(s) for s in (whole / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [x["step"] for x in lines if "validation/bleu" in x] == [8, 16, 24, 32, 40]
    assert [x["step"] for x in lines if "train/loss" in x] == list(range(3, 41, 3))


def test_the_run_folder_is_self_contained(whole):
    names = {path.name for path in whole.iterdir()}
    assert names == {
        "config.yaml", "manifest.json", "tokenizer.model", "model.safetensors", "checkpoint.pt",
        "metrics.jsonl", "tensorboard", "attention", "evaluation",
    }  # fmt: skip
    manifest = json.loads((whole / "manifest.json").read_text("utf-8"))
    assert manifest["seed"] == 1
    assert manifest["steps"] == 40
    assert manifest["corpus"]["files"]["train"]
