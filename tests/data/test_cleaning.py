"""Cleaning: every rule drops what it names, nothing else, and says so."""

import pytest

from seq2seq.config import CleaningConfig
from seq2seq.data.cleaning import EXAMPLES, DropReport, clean, normalize
from seq2seq.data.parallel import Workers

ALL_OFF = CleaningConfig(
    normalize=False,
    control_characters=False,
    max_words=1_000_000,
    max_length_ratio=1_000_000,
    drop_identical=False,
    drop_duplicates=False,
)


def cleaned(pairs, **options):
    """The pairs that are kept, and the report."""
    report = DropReport()
    return list(clean(pairs, CleaningConfig(**options), report, Workers(1))), report


RULES = [  # rule, a pair it drops, its nearest neighbour that stays
    ("empty side", ("", "vide"), ("a", "vide")),
    ("empty side", ("text", " \u00a0 "), ("text", "\u00a0a")),
    ("empty side", ("\u200b", "b"), ("\u200ba", "b")),
    ("more than 100 words", ("a " * 101, "b " * 99), ("a " * 100, "b " * 100)),
    ("more than 100 words", ("a " * 60, "b " * 101), ("a " * 60, "b " * 100)),
    ("length ratio above 3", ("a" * 10, "b" * 51), ("a" * 10, "b" * 50)),
    ("length ratio above 3", ("a" * 51, "b" * 10), ("a" * 50, "b" * 10)),
    ("source equals target", ("Paris", " Paris"), ("Paris", "paris")),
]


@pytest.mark.parametrize(("rule", "bad", "good"), RULES)
def test_a_rule_drops_its_pair_and_keeps_the_neighbour(rule, bad, good):
    kept, report = cleaned([bad, good])
    assert len(kept) == 1
    assert report.dropped == {rule: 1}
    assert report.read == 2


def test_a_duplicate_is_dropped_once_normalised_and_only_if_both_sides_repeat():
    pairs = [("a b", "c"), ("a  b ", "c"), ("a b", "d"), ("e", "c")]
    kept, report = cleaned(pairs)
    assert kept == [("a b", "c"), ("a b", "d"), ("e", "c")]
    assert report.dropped == {"exact duplicate": 1}


def test_rules_that_are_switched_off_do_not_act():
    pairs = [("x", "x"), ("x", "x"), ("a " * 500, "b"), ("two  spaces\u200b", "un\u0301")]
    report = DropReport()
    assert list(clean(pairs, ALL_OFF, report, Workers(1))) == [
        (src.strip(), tgt) for src, tgt in pairs
    ]
    assert report.dropped == {}


@pytest.mark.parametrize("rule", ["drop_identical", "drop_duplicates"])
def test_one_rule_is_switched_off_alone(rule):
    pairs = [("x", "x"), ("a", "b"), ("a", "b")]
    assert len(cleaned(pairs)[0]) == 1
    assert len(cleaned(pairs, **{rule: False})[0]) == 2


def test_limits_are_options():
    pairs = [("one two three", "un deux trois"), ("a", "b" * 30)]
    assert cleaned(pairs, max_words=2, max_length_ratio=4)[0] == [pairs[1]]
    assert cleaned(pairs)[0] == [pairs[0]]


def test_the_report_counts_every_pair_once_and_keeps_a_few_examples():
    pairs = [(f"{i}", f"{i}") for i in range(10)] + [("", "")] * 2 + [("a\u00a0 b", "c")] * 2
    kept, report = cleaned(pairs)
    assert report.read == 14
    assert report.changed == 0
    assert report.dropped == {"source equals target": 10, "empty side": 2, "exact duplicate": 1}
    assert len(kept) + sum(report.dropped.values()) == report.read
    assert report.examples["source equals target"] == [(f"{i}", f"{i}") for i in range(EXAMPLES)]
    lines = list(report.lines())
    assert "read 14" in lines[0]
    assert lines[1] == "  dropped 10: source equals target"
    assert "'0' | '0'" in lines[2]


def test_changed_counts_normalised_pairs():
    assert cleaned([("a", "b"), ("a  b", "c"), ("d", "e\u0301")])[1].changed == 2


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("e\u0301te\u0301 c\u0327a", "été ça"),  # composed
        ("  a \t b\r\nc  ", "a b c"),
        ("a\u2003b\u3000c\u2028d\x85e", "a b c d e"),
        ("Quoi\u00a0? \u00ab\u202foui\u202f\u00bb", "Quoi\u00a0? \u00ab\u202foui\u202f\u00bb"),
        ("ef\ufb01cace… ½ n\u00ba", "ef\ufb01cace… ½ n\u00ba"),  # compatibility forms stay
        ("l\u2019ami d'ici", "l\u2019ami d'ici"),  # so do both apostrophes
        ("co\u00adopé\u200brer\ufeff\x07", "coopérer"),
        ("a \u200b b", "a b"),  # nothing is left of what stood between two spaces
        ("e\u200b\u0301", "é"),
        ("\u200b a", "a"),
    ],
)
def test_normalised_text(raw, normal):
    assert normalize(raw, CleaningConfig()) == normal
    assert normalize(normal, CleaningConfig()) == normal  # once is enough


def test_no_break_spaces_become_plain_ones_only_if_asked():
    text = "Quoi\u00a0?\u202f!"
    assert normalize(text, CleaningConfig(plain_spaces=True)) == "Quoi ? !"
    assert normalize(text, CleaningConfig()) == text


def test_normalisation_and_removal_are_switched_separately():
    text = "e\u0301  a\u200b"
    assert normalize(text, CleaningConfig(normalize=False)) == "e\u0301  a"
    assert normalize(text, CleaningConfig(control_characters=False)) == "é a\u200b"
