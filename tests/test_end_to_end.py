"""The whole pipeline learns what it should, and its attention shows what was learned."""

import random
import shutil

import numpy as np
import pytest
import torch

from seq2seq.cli.evaluate import evaluate_run
from seq2seq.config import (
    CleaningConfig,
    DataConfig,
    DecodingConfig,
    EvaluateConfig,
    ModelConfig,
    TokenizerConfig,
    TrainConfig,
    TrainingConfig,
)
from seq2seq.data.corpus import prepare
from seq2seq.run import Run
from seq2seq.training.loop import Trainer
from seq2seq.translator import Translator
from tests.conftest import REPOSITORY

LETTERS = "abcdefghijkl"


def train(folder, rows, *, steps, dropout=0.0, vocab_size=100, **data):
    """Train a small model on ``rows`` of (source, target) and open it."""
    lines = [f"{src}\t{tgt}\n" for src, tgt in rows]
    (folder / "train.tsv").write_text("".join(lines), "utf-8")
    config = TrainConfig(
        data=DataConfig(
            name="task", root=str(folder), train=["train.tsv"], src_column="0", tgt_column="1",
            cache_dir=str(folder / "cache"), cleaning=CleaningConfig(drop_identical=False), **data,
        ),
        tokenizer=TokenizerConfig(vocab_size=vocab_size),
        model=ModelConfig(
            width=64, heads=2, ffn_width=128, encoder_layers=1, decoder_layers=1, dropout=dropout
        ),
        training=TrainingConfig(
            max_steps=steps, batch_tokens=768, warmup_steps=40, ema_decay=0.98,
            validate_every_steps=steps, save_every_steps=steps, label_smoothing=0.0,
        ),
        probes=[rows[0][0]],
    )  # fmt: skip
    corpus = prepare(config.data, config.tokenizer)
    run = Run.create(folder / "run", config)
    corpus.tokenizer.save(run.folder / "tokenizer.model")
    assert Trainer(run, corpus, torch.device("cpu")).fit()
    return Translator.from_run(run, torch.device("cpu"))


@pytest.mark.parametrize("task", ["copy", "reverse"])
def test_copy_and_reverse_are_learned_and_their_maps_are_the_two_diagonals(tmp_path, task):
    rng = random.Random(task)
    sources = [rng.choices(LETTERS, k=rng.randint(3, 9)) for _ in range(3000)]
    step = 1 if task == "copy" else -1
    rows = [(" ".join(s), " ".join(s[::step])) for s in sources]
    translator = train(tmp_path, rows, steps=350, validation_size=50, test_size=50)

    fresh = [" ".join(rng.choices(LETTERS, k=7)) for _ in range(100)]
    wanted = [" ".join(s.split()[::step]) for s in fresh]
    written = [t.text for t in translator.translate(fresh, DecodingConfig(beam=2))]
    assert np.mean([w == t for w, t in zip(written, wanted, strict=True)]) >= 0.9

    heads = np.mean(
        [
            [peaks(head, step) for head in translator.align(src, tgt).weights_LHTS[0]]
            for src, tgt in zip(fresh[:30], wanted[:30], strict=True)
        ],
        axis=0,
    )
    assert heads.max() >= 0.9, f"share of rows that peak on the diagonal, by head: {heads}"


def peaks(weights_ts, step):
    """Share of the target pieces whose greatest weight is on the piece that they copy."""
    length = len(weights_ts) - 1  # </s> apart
    expected = np.arange(length)[::step]
    return np.mean(weights_ts[:length].argmax(axis=1) == expected)


def test_a_slice_of_the_starter_corpus_is_learned_by_heart(tmp_path):
    text = (REPOSITORY / "data/starter/written/greetings.tsv").read_text("utf-8")
    rows = [tuple(line.split("\t")) for line in text.splitlines()[:60]]
    assert ("Hello, how are you?", "Bonjour, comment allez-vous\u00a0?") in rows
    shutil.copy(REPOSITORY / "data/starter/test.tsv", tmp_path)
    held = {"validation": ["test.tsv"], "test": ["test.tsv"]}
    translator = train(tmp_path, rows, steps=350, vocab_size=400, **held)
    assert translator.translate(["Hello, how are you?"])[0].text == (
        "Bonjour, comment allez-vous\u00a0?"
    )
    learned = [t.text == tgt for t, (_, tgt) in zip(
        translator.translate([src for src, _ in rows]), rows, strict=True
    )]  # fmt: skip
    assert np.mean(learned) >= 0.9

    src, ref = tmp_path / "src.txt", tmp_path / "ref.txt"
    src.write_text("\n".join(s for s, _ in rows) + "\n", "utf-8")
    ref.write_text("\n".join(t for _, t in rows) + "\n", "utf-8")
    evaluate_run(EvaluateConfig(run=str(tmp_path / "run"), src=str(src), ref=str(ref)))
    folder = tmp_path / "run" / "evaluation" / "src.txt" / "beam-5"
    assert len((folder / "hypotheses.txt").read_text("utf-8").splitlines()) == len(rows)
