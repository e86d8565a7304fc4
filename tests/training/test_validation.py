"""What a validation measures, records and draws."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from seq2seq.alignment.weights import AligningHead, CrossAttention, Reading
from seq2seq.config import AlignmentConfig, DataConfig, TokenizerConfig, TrainConfig
from seq2seq.config import TrainingConfig as Training
from seq2seq.data.batches import Batch
from seq2seq.data.corpus import prepare
from seq2seq.data.tokenizer import UNK_ID
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.training.log import Log
from seq2seq.training.loop import Trainer
from seq2seq.training.loss import smoothed_cross_entropy
from seq2seq.training.validation import GREEDY, Validated, Validator, gold_pairs
from seq2seq.translation import Candidate, Translation
from seq2seq.translator import Translator
from tests.conftest import PAIRS, tiny_model

CPU = torch.device("cpu")
PROBES = ["I am hungry.", "Where is the station?"]
GOLD = {
    "src-tgt": "I am hungry . ||| J' ai faim .\nWhere is it ? ||| Où est-ce ?\n",
    "gold": "0-0 1-1 2-2 3-3\n0-0 1-1 2p1 3-2\n",
}
MEASURED = {"validation/loss", "validation/perplexity", "validation/bleu", "validation/chrf"}
RATES = {f"validation_aer/{name}" for name in ("aligning_heads", "output_reading", "input_reading")}
HEALTH = {"health/loss", "health/loss_blind"} | {
    f"health_{name}/block{block}_head{head}"
    for name in ("entropy", "sink_mass", "left_out", "loss_without")
    for block in (1, 2)
    for head in (1, 2)
}


class Recorder:
    """Stands in for a log."""

    def __init__(self):
        self.values, self.figures, self.tables, self.lines = {}, {}, {}, []

    def scalars(self, step, values):
        self.values = {"step": step, **values}

    def figure(self, step, name, figure):
        self.figures[name] = (step, figure)

    def table(self, _, name, header, rows):
        self.tables[name] = (header, rows)

    def say(self, line):
        self.lines.append(line)


@pytest.fixture
def build(tmp_path):
    """Make the parts of an untrained run: options of data and alignment as given."""
    for name, text in GOLD.items():
        (tmp_path / f"links.{name}").write_text(text, "utf-8")
    for name, pairs in (("train", PAIRS), ("held", PAIRS[:5])):
        rows = "".join(f"{src}\t{tgt}\n" for src, tgt in pairs)
        (tmp_path / f"{name}.tsv").write_text(rows, "utf-8")
    made = iter(range(10))

    def run_and_corpus(gold="links", held=None, probes=PROBES, **data):
        if held is not None:
            (tmp_path / "held.tsv").write_text(held, "utf-8")
        model = tiny_model().config
        config = TrainConfig(
            data=DataConfig(
                name="toy", root=str(tmp_path), train=["train.tsv"], validation=["held.tsv"],
                test=["held.tsv"], src_column="0", tgt_column="1", cache_dir=str(tmp_path),
                **data,
            ),
            tokenizer=TokenizerConfig(vocab_size=110),
            model=model,
            training=Training(max_steps=2, validate_every_steps=2, warmup_steps=1),
            alignment=AlignmentConfig(gold=str(tmp_path / gold) if gold else None),
            probes=probes,
        )  # fmt: skip
        config.data.cleaning.drop_overlap = False
        corpus = prepare(config.data, config.tokenizer)
        run = Run.create(tmp_path / f"run{next(made)}", config)
        corpus.tokenizer.save(run.folder / "tokenizer.model")
        return run, corpus

    return run_and_corpus


@pytest.fixture
def validator(build):
    def make(**options):
        run, corpus = build(**options)
        translator = Translator(
            tiny_model(len(corpus.tokenizer)), corpus.tokenizer, run.config.data.cleaning
        )
        return Validator(run, corpus, translator)

    return make


def test_everything_is_measured_and_recorded_by_name(validator):
    made = validator()
    log = Log(made.run.folder, 0, 10)
    found = made.validate(4, log)
    log.close()
    (line,) = (made.run.folder / "metrics.jsonl").read_text("utf-8").splitlines()
    values = json.loads(line)
    assert values.pop("step") == 4
    assert set(values) == MEASURED | RATES | HEALTH
    assert all(math.isfinite(value) for value in values.values())
    assert values["validation/bleu"] == found.bleu
    assert values["validation_aer/aligning_heads"] == 100 * found.errors.aer
    for reading in Reading:
        lowest = found.errors.rates[reading].min()
        assert values[f"validation_aer/{reading.value}_reading"] == pytest.approx(100 * lowest)
        assert found.errors.aer <= lowest


def test_texts_are_shown_and_a_line_says_how_it_stands(validator):
    log = Recorder()
    found = validator().validate(4, log)
    header, rows = log.tables["validation"]
    assert header == ["source", "hypothesis", "reference"]
    assert [(src, tgt) for src, _, tgt in rows] == PAIRS[:5]
    (line,) = log.lines
    assert line.startswith("step 4: ")
    assert line.endswith(f", AER {100 * found.errors.aer:.1f}")


def test_the_loss_is_that_of_all_tokens_in_whatever_batches(validator, monkeypatch):
    made = validator()
    rows = made.corpus.validation
    batch = Batch.from_ids(list(rows["src_ids"]), list(rows["tgt_ids"]))
    real = batch.tgt_out != 0
    model = made.translator.model
    with torch.no_grad():
        hidden = model(batch.src, batch.tgt_in).hidden[real]
    smoothing = made.run.config.training.label_smoothing
    sums = smoothed_cross_entropy(
        hidden, model.embedding.pieces.weight, batch.tgt_out[real], smoothing
    )
    expected = [float(x) / batch.tgt_tokens for x in (sums.loss, sums.nll)]
    for size in (64, 2, 1):
        monkeypatch.setattr("seq2seq.training.validation.BATCH", size)
        assert made.loss() == pytest.approx(expected, rel=1e-5)


def test_probes_are_drawn_and_kept_as_arrays(validator):
    made, log = validator(), Recorder()
    found = made.validate(4, log)
    made.draw(4, log, found)
    kinds = ("mean", "heads", "words")
    probes = {f"attention/{number}_{kind}" for number in (1, 2) for kind in kinds}
    assert set(log.figures) == {"alignment/error_rates", *probes}
    assert {step for step, _ in log.figures.values()} == {4}
    titles = {name: figure.get_suptitle() for name, (_, figure) in log.figures.items()}
    assert all("step 4" in title for title in titles.values())
    assert PROBES[1] in titles["attention/2_mean"].replace("\n", " ")
    assert f"AER {100 * found.errors.aer:.1f}" in titles["attention/1_words"].replace("\n", " ")

    arrays = np.load(made.run.folder / "attention" / "step-000004.npz")
    names = ("weights", "src_pieces", "tgt_pieces")
    assert set(arrays) == {"probes", *(f"{name}_{number}" for name in names for number in (1, 2))}
    assert arrays["probes"].tolist() == PROBES
    for number, probe in enumerate(PROBES, 1):
        ids = made.translator.translate([probe], GREEDY)[0].candidates[0].ids
        attention = made.translator.align_ids([(made.translator.encode([probe])[0], ids)])[0]
        np.testing.assert_array_equal(arrays[f"weights_{number}"], attention.weights_LHTS)
        assert arrays[f"src_pieces_{number}"].tolist() == attention.src_pieces
        assert arrays[f"tgt_pieces_{number}"].tolist() == attention.tgt_pieces
        image = log.figures[f"attention/{number}_mean"][1].axes[0].images[0]
        np.testing.assert_array_equal(image.get_array(), attention.mean_TS)


def test_words_are_drawn_by_the_heads_that_the_gold_links_chose(validator):
    made, log = validator(probes=PROBES[:1]), Recorder()
    found = made.validate(4, log)
    chosen = [AligningHead(Reading.input, 0, 1)]
    made.draw(4, log, replace(found, errors=replace(found.errors, heads=chosen)))
    image = log.figures["attention/1_words"][1].axes[0].images[0]
    arrays = np.load(made.run.folder / "attention" / "step-000004.npz")
    src, tgt = arrays["src_pieces_1"].tolist(), arrays["tgt_pieces_1"].tolist()
    attention = CrossAttention(src, tgt, arrays["weights_1"])
    expected = attention.to_words(Reading.input).of(chosen[0])
    np.testing.assert_array_equal(image.get_array(), expected)
    default = Recorder()
    made.draw(4, default, replace(found, errors=None))
    other = default.figures["attention/1_words"][1].axes[0].images[0]
    assert not np.allclose(other.get_array(), image.get_array())


def test_no_probes_and_odd_probes_do_no_harm(validator):
    made, log = validator(probes=[]), Recorder()
    made.draw(4, log, made.validate(4, log))
    assert set(log.figures) == {"alignment/error_rates"}
    made, log = validator(probes=["", "漢字 $x_1$"]), Recorder()
    made.draw(4, log, made.validate(4, log))
    assert len(log.figures) == 7


def test_a_translation_that_is_longer_when_read_back_as_text_is_drawn(validator, monkeypatch):
    made, log = validator(probes=["I am."]), Recorder()
    ids, pieces = [UNK_ID] * 60, ["⁇"] * 60
    odd = Candidate(made.translator.tokenizer.decode(ids), ids, pieces, -1.0, -1.0, False)
    monkeypatch.setattr(
        made.translator, "translate", lambda texts, _: [Translation(texts[0], [odd])]
    )
    with pytest.raises(UserError, match="the model reads at most"):
        made.translator.align("I am.", odd.text)
    made.draw(4, log, Validated(0.0, None))
    arrays = np.load(made.run.folder / "attention" / "step-000004.npz")
    assert arrays["tgt_pieces_1"].tolist() == [*pieces, "</s>"]


def test_without_gold_links_there_is_no_error_rate(validator):
    made, log = validator(gold=None), Recorder()
    found = made.validate(4, log)
    assert found.errors is None
    assert set(log.values) == {"step"} | MEASURED | HEALTH
    assert "AER" not in log.lines[0]
    made.draw(4, log, found)
    assert "alignment/error_rates" not in log.figures
    assert "AER" not in log.figures["attention/1_words"][1].get_suptitle()


def test_blank_and_too_long_references_are_not_examined(validator):
    held = "I am hungry.\t\u00a0\nI am hungry.\t" + "è" * 90 + "\n"
    log = Recorder()
    validator(held=held).validate(4, log)
    assert set(log.values) == {"step"} | MEASURED | RATES


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_source_that_the_model_cannot_read_is_known_before_training(build, split):
    run, corpus = build()
    rows = getattr(corpus, split).map(lambda _: {"src_ids": list(range(4, 104))})
    with pytest.raises(UserError, match=f"a {split} source has 100 tokens") as refused:
        Trainer(run, replace(corpus, **{split: rows}), CPU)
    assert "\n" not in str(refused.value)
    run, corpus = build(probes=["hungry " * 100])
    with pytest.raises(UserError, match="a probe has"):
        Trainer(run, corpus, CPU)


@pytest.mark.parametrize("reverse", [False, True])
def test_gold_links_have_the_direction_of_the_run(build, reverse):
    run, corpus = build(reverse=reverse)
    first, second = gold_pairs(run)
    sides = (first.src, first.tgt)
    assert sides == (("J'ai faim.", "I am hungry.") if reverse else ("I am hungry.", "J'ai faim."))
    assert second.links.possible - second.links.sure == {(1, 2) if reverse else (2, 1)}
    assert corpus.validation[1]["src"] == ("J'ai faim." if reverse else "I am hungry.")


def test_gold_links_that_cannot_be_read_are_known_before_training(build):
    run, corpus = build(gold="absent")
    with pytest.raises(UserError, match=r"absent\.(src-tgt|gold)"):
        Trainer(run, corpus, CPU)


@pytest.mark.parametrize("gold", ["links", None])
def test_the_heads_that_align_are_kept_beside_the_best_weights(build, gold):
    run, corpus = build(gold=gold, probes=[])
    assert Trainer(run, corpus, CPU).fit()
    names = {path.name for path in run.folder.iterdir()}
    assert {"model.safetensors", "attention"} <= names
    assert [path.name for path in (run.folder / "attention").iterdir()] == ["step-000002.npz"]
    assert ("alignment.json" in names) == (gold is not None)
    if gold is None:
        assert run.aligning_heads() == []
        return
    saved = json.loads((run.folder / "alignment.json").read_text("utf-8"))
    assert saved["gold"] == run.config.alignment.gold
    lines = map(json.loads, (run.folder / "metrics.jsonl").read_text("utf-8").splitlines())
    (rate,) = (x["validation_aer/aligning_heads"] for x in lines if "validation/bleu" in x)
    assert 100 * saved["aer"] == pytest.approx(rate)
    assert Translator.from_run(run, CPU).aligning_heads == run.aligning_heads() != []
