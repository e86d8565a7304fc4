"""Prepared corpora: built once, honest about what was dropped, no leaks between splits."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from seq2seq.config import CleaningConfig, DataConfig, Protocol, TokenizerConfig
from seq2seq.data import corpus as corpus_module
from seq2seq.data import parallel
from seq2seq.data.cleaning import normalize
from seq2seq.data.corpus import SPLITS, prepare
from seq2seq.data.tokenizer import Tokenizer
from seq2seq.errors import UserError

SUBJECTS = ["I", "You", "We", "They", "Doctors", "Children", "Neighbours", "Cats"]
VERBS = [("see", "voir"), ("love", "aimer"), ("want", "vouloir"), ("buy", "acheter")]
THINGS = [("the house", "la maison"), ("an egg", "un œuf"), ("a boy", "un garçon")]
ROWS = [
    (f"{subject} {verb} {thing}.", f"{subject}, {verbe} {chose}\u00a0!")
    for subject in SUBJECTS
    for verb, verbe in VERBS
    for thing, chose in THINGS
]
HELD_OUT = [(" I  see e\u0301tain. ", "Étain\u00a0!"), (ROWS[0][0], "autre chose"), ("", "vide")]
TOKENIZER = TokenizerConfig(vocab_size=130)


def table(path, rows):
    """Write rows as TSV without a header."""
    path.write_text("".join(f"{src}\t{tgt}\n" for src, tgt in rows), "utf-8")


@pytest.fixture
def config(tmp_path):
    """A corpus of 96 pairs in one table, of which 10 and 12 are drawn."""
    table(tmp_path / "train.tsv", ROWS)
    return DataConfig(
        name="small",
        root=str(tmp_path),
        train=["train.tsv"],
        src_column="0",
        tgt_column="1",
        validation_size=10,
        test_size=12,
        cache_dir=str(tmp_path / "cache"),
    )


def pairs(split):
    """Text pairs of a split, as a list."""
    return list(zip(split["src"], split["tgt"], strict=True))


def splits(corpus):
    """Text pairs of the three splits."""
    return [pairs(getattr(corpus, split)) for split in ("train", "validation", "test")]


def refusal(config):
    """The one line that says why ``config`` cannot be prepared; nothing is left behind."""
    with pytest.raises(UserError) as raised:
        prepare(config, TOKENIZER)
    assert "\n" not in str(raised.value)
    cache = Path(config.cache_dir)
    assert not cache.exists() or not list(cache.iterdir())
    return str(raised.value)


def test_a_corpus_is_built_once(config, monkeypatch):
    first = prepare(config, TOKENIZER)
    monkeypatch.setattr(corpus_module, "_build", None)  # a second build would fail
    second = prepare(config, TOKENIZER)
    assert second.folder == first.folder
    assert splits(second) == splits(first)
    assert second.train["src_ids"] == first.train["src_ids"]
    assert second.tokenizer.model == first.tokenizer.model
    assert list(second.report.lines()) == list(first.report.lines())


def test_two_builds_are_the_same_to_the_byte(config, tmp_path):
    first = prepare(config, TOKENIZER)
    second = prepare(replace(config, cache_dir=str(tmp_path / "elsewhere")), TOKENIZER)
    assert second.folder.name == first.folder.name
    files = sorted(path.name for path in first.folder.iterdir())
    assert [name for name in files if name.endswith(".arrow")] == sorted(
        f"{split}.arrow" for split in SPLITS
    )
    for name in files:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_the_number_of_processes_changes_nothing(config, tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "BLOCK", 10)  # more blocks than are done here alone
    table(tmp_path / "train.tsv", [*ROWS, *ROWS[:20], ("", "vide"), *ROWS[50:]])
    folders = [
        prepare(replace(config, processes=n, cache_dir=str(tmp_path / str(n))), TOKENIZER).folder
        for n in (1, 3)
    ]
    assert folders[0].name == folders[1].name
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes()


def test_the_tokenizer_learns_from_all_parts_of_the_corpus(config, monkeypatch):
    texts = []
    learn = Tokenizer.train
    monkeypatch.setattr(
        Tokenizer, "train", lambda some, options: learn(texts.extend(some) or texts, options)
    )
    corpus = prepare(config, replace(TOKENIZER, train_sentences=40))
    rows = [pairs(corpus.train).index(pair) for pair in zip(texts[::2], texts[1::2], strict=True)]
    assert 15 <= len(rows) <= 20
    assert rows == list(range(0, len(corpus.train), rows[1]))


def test_another_option_or_content_builds_another(config, tmp_path):
    cleaning = CleaningConfig(max_words=50)
    folders = {
        prepare(config, TOKENIZER).folder,
        prepare(replace(config, split_seed=2), TOKENIZER).folder,
        prepare(replace(config, cleaning=cleaning), TOKENIZER).folder,
        prepare(config, replace(TOKENIZER, vocab_size=110)).folder,
    }
    table(tmp_path / "train.tsv", [*ROWS, ("One more.", "Encore une.")])
    folders.add(prepare(config, TOKENIZER).folder)
    assert len(folders) == 5


def test_what_does_not_shape_the_corpus_does_not_rebuild_it(config, tmp_path):
    first = prepare(config, TOKENIZER).folder
    (tmp_path / "moved").mkdir()
    (tmp_path / "train.tsv").rename(tmp_path / "moved" / "train.tsv")
    moved = replace(config, root=str(tmp_path / "moved"))
    assert prepare(moved, replace(TOKENIZER, bpe_dropout=0.1)).folder == first
    assert prepare(replace(moved, processes=2), TOKENIZER).folder == first


def test_splits_are_seeded_disjoint_and_of_the_size_asked_for(config, tmp_path):
    corpus = prepare(config, TOKENIZER)
    train, validation, test = splits(corpus)
    assert len(validation) == 10
    assert len(test) == 12
    assert len({*train, *validation, *test}) == len(train) + len(validation) + len(test)
    assert {*train, *validation, *test} <= set(ROWS)
    again = prepare(replace(config, cache_dir=str(tmp_path / "again")), TOKENIZER)
    assert splits(again) == [train, validation, test]
    other = prepare(replace(config, split_seed=2), TOKENIZER)
    assert set(pairs(other.test)) != set(test)


@pytest.mark.parametrize("given", [False, True])
def test_no_training_pair_shares_a_side_with_validation_or_test(config, tmp_path, given):
    rows = [*ROWS, *((f"{src} Again.", tgt) for src, tgt in ROWS)]
    table(tmp_path / "train.tsv", rows)
    table(tmp_path / "held.tsv", [(src.replace(" ", "  "), tgt) for src, tgt in rows[:3]])
    files = {"validation": ["held.tsv"], "test": ["held.tsv"]} if given else {}
    corpus = prepare(replace(config, **files), TOKENIZER)
    train, validation, test = splits(corpus)
    for side in (0, 1):
        held = {normalize(pair[side], config.cleaning) for pair in validation + test}
        assert not held & {pair[side] for pair in train}
    dropped = corpus.report.dropped["stands in validation or test"]
    assert dropped > 0
    drawn = 0 if given else len(validation) + len(test)
    assert len(train) + dropped + drawn == corpus.report.read == len(rows)
    keep = CleaningConfig(drop_overlap=False)
    kept = prepare(replace(config, **files, cleaning=keep), TOKENIZER)
    assert len(kept.train) + drawn == len(rows)


def test_held_out_texts_are_untouched_but_their_ids_are_of_the_normalised_text(config, tmp_path):
    table(tmp_path / "held.tsv", HELD_OUT)
    corpus = prepare(replace(config, test=["held.tsv"]), TOKENIZER)
    assert pairs(corpus.test) == HELD_OUT
    assert len(corpus.validation) == 10
    for row in corpus.test:
        normal = normalize(row["src"], config.cleaning)
        assert corpus.tokenizer.encode([normal]) == [row["src_ids"]]


def test_training_ids_decode_to_the_training_text(config):
    corpus = prepare(config, TOKENIZER)
    for row in corpus.train:
        assert corpus.tokenizer.decode(row["src_ids"]) == row["src"]
        assert corpus.tokenizer.decode(row["tgt_ids"]) == row["tgt"]


def test_report_and_manifest_tell_how_the_corpus_was_made(config, tmp_path):
    table(tmp_path / "train.tsv", [*ROWS, ROWS[0], ("", "vide"), ("same", "same")])
    corpus = prepare(config, TOKENIZER)
    report = json.loads((corpus.folder / "report.json").read_text("utf-8"))
    assert report["read"] == len(ROWS) + 3
    assert report["kept"] == len(corpus.train) == corpus.report.kept
    dropped = {"exact duplicate": 1, "empty side": 1, "source equals target": 1}
    assert report["dropped"].items() >= dropped.items()
    assert report["examples"]["empty side"] == [["", "vide"]]
    manifest = json.loads((corpus.folder / "manifest.json").read_text("utf-8"))
    assert manifest == corpus.manifest
    assert manifest["hash"].startswith(corpus.folder.name.removeprefix("small-"))
    assert manifest["names"]["train"] == ["train.tsv"]
    assert manifest["options"]["data"]["test_size"] == 12


def test_how_translations_are_scored_makes_no_other_corpus(config):
    prepared = prepare(config, TOKENIZER).folder
    assert prepare(replace(config, protocol=Protocol.multi30k), TOKENIZER).folder == prepared


def test_a_corpus_that_is_too_small_or_empty_is_refused_in_one_line(config, tmp_path):
    table(tmp_path / "train.tsv", ROWS[:22])
    assert "22 clean pairs, too few to draw 22" in refusal(config)
    table(tmp_path / "train.tsv", [])
    assert "data.train" in refusal(config)
    table(tmp_path / "train.tsv", [("same", "same")])
    assert "no usable pair" in refusal(config)


def test_no_pair_left_or_an_empty_test_file_is_refused_in_one_line(config, tmp_path):
    table(tmp_path / "held.tsv", ROWS)
    given = replace(config, validation=["held.tsv"], test=["held.tsv"])
    assert "no training pair is left of 96" in refusal(given)
    table(tmp_path / "held.tsv", [])
    assert "test files are empty" in refusal(replace(config, test=["held.tsv"]))


def test_a_failing_build_leaves_nothing_behind(config, tmp_path):
    (tmp_path / "train.tsv").write_bytes(b"a\tb\n" * 20_000 + b"\xff\t\xff\n")
    assert "line 20001 is not UTF-8" in refusal(config)


def test_what_a_killed_build_left_is_in_nobodys_way(config, monkeypatch):
    folder = prepare(config, TOKENIZER).folder
    monkeypatch.setattr(corpus_module.os, "getpid", lambda: 7)
    left = folder.rename(folder.with_name(f"{folder.name}.7.partial"))
    assert prepare(config, TOKENIZER).folder == folder
    assert not left.exists()


def test_a_corpus_that_another_process_finished_first_is_used(config, tmp_path, monkeypatch):
    build = corpus_module._build

    def build_late(*arguments):
        monkeypatch.setattr(corpus_module, "_build", build)
        monkeypatch.setattr(corpus_module.os, "getpid", lambda: 8)
        prepare(config, TOKENIZER)
        build(*arguments)

    monkeypatch.setattr(corpus_module, "_build", build_late)
    assert splits(prepare(config, TOKENIZER))[0]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_extra_pairs_are_kept_apart_and_cleaned_alike(config, tmp_path):
    table(tmp_path / "extra.tsv", [("A new source.", "Une source neuve."), ("", ""), HELD_OUT[0]])
    table(tmp_path / "held.tsv", HELD_OUT)
    given = replace(config, validation=["held.tsv"], test=["held.tsv"], extra=["extra.tsv"])
    corpus = prepare(given, TOKENIZER)
    assert pairs(corpus.extra) == [("A new source.", "Une source neuve.")]
    assert not set(pairs(corpus.extra)) & set(pairs(corpus.train))
    assert corpus.report.dropped["empty side"] == 1


def test_further_references_are_kept_beside_the_test_set_and_barred_from_training(config, tmp_path):
    table(tmp_path / "held.tsv", [(src, "autre chose") for src, _ in ROWS[:2]])
    (tmp_path / "second.fr").write_text(f"{ROWS[5][1]}\n\n", "utf-8")
    given = replace(config, test=["held.tsv"], test_references=["second.fr"])
    corpus = prepare(given, TOKENIZER)
    assert corpus.references("test") == [["autre chose"] * 2, [ROWS[5][1], None]]
    assert len(corpus.references("validation")) == 1
    assert ROWS[5][1] not in corpus.train["tgt"]
    (tmp_path / "second.fr").write_text("une seule ligne\n", "utf-8")
    assert "second.fr has 1 lines" in refusal_of(given)


def refusal_of(config):
    with pytest.raises(UserError) as raised:
        prepare(config, TOKENIZER)
    return str(raised.value)
