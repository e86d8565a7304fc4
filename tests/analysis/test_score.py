import re

import pytest
import sacrebleu

from seq2seq.analysis.score import bleu, chrf, score, sentence_chrf
from seq2seq.errors import UserError

REFERENCE = [
    "Bonjour, comment allez-vous\u00a0?",
    "Elle lui a dit «\u00a0oui\u00a0» hier soir.",
    "Ma sœur mange un œuf à la coque.",
    "Le garçon joue dans le jardin.",
]
SECOND = [
    "Salut, ça va\u00a0?",
    "Elle lui a dit oui hier au soir.",
    "Ma sœur mange un œuf.",
    "Le petit garçon joue au jardin.",
]
HYPOTHESES = [
    "Bonjour, comment ça va\u00a0?",
    "Elle lui a dit «\u00a0non\u00a0» hier soir.",
    "Ma sœur mange un œuf à la poêle.",
    "Le garçon joue dans un jardin.",
]


@pytest.mark.parametrize("references", [[REFERENCE], [REFERENCE, SECOND]], ids=["one", "two"])
def test_scores_are_those_of_sacrebleu(references):
    scores = score(HYPOTHESES, references)
    assert list(scores) == ["BLEU", "chrF2", "TER"]
    direct = [sacrebleu.corpus_bleu, sacrebleu.corpus_chrf, sacrebleu.corpus_ter]
    for result, call in zip(scores.values(), direct, strict=True):
        assert result.value == pytest.approx(call(HYPOTHESES, references).score)
        assert result.interval is None
        assert f"nrefs:{len(references)}|" in result.signature
        assert f"version:{sacrebleu.__version__}" in result.signature


def test_a_bootstrap_adds_intervals_and_leaves_the_scores():
    plain, resampled = score(HYPOTHESES, [REFERENCE]), score(HYPOTHESES, [REFERENCE], bootstrap=50)
    for name, result in resampled.items():
        assert result.value == pytest.approx(plain[name].value)
        assert result.interval > 0
        assert "|bs:50|" in result.signature


@pytest.mark.parametrize("bootstrap", [0, 1])
def test_one_resampling_is_no_interval(bootstrap):
    for result in score(HYPOTHESES, [REFERENCE], bootstrap=bootstrap).values():
        assert result.interval is None


def test_a_single_sentence_has_scores_without_intervals():
    for result in score(HYPOTHESES[:1], [REFERENCE[:1]], bootstrap=100).values():
        assert result.interval is None


def test_a_score_is_one_line_with_its_signature():
    line = str(score(HYPOTHESES, [REFERENCE], bootstrap=20)["BLEU"])
    assert re.fullmatch(r"BLEU +\d+\.\d ± \d+\.\d  \(nrefs:1\|bs:20\|.*\)", line)
    assert "±" not in str(score(HYPOTHESES, [REFERENCE])["BLEU"])


def test_perfect_translations_score_100():
    scores = score(REFERENCE, [REFERENCE])
    assert scores["BLEU"].value == pytest.approx(100)
    assert scores["chrF2"].value == pytest.approx(100)
    assert scores["TER"].value == pytest.approx(0)


def test_validation_scores_are_those_of_the_table():
    scores = score(HYPOTHESES, [REFERENCE])
    assert bleu(HYPOTHESES, REFERENCE) == pytest.approx(scores["BLEU"].value)
    assert chrf(HYPOTHESES, REFERENCE) == pytest.approx(scores["chrF2"].value)


def test_sentence_scores_are_those_of_sacrebleu():
    for references in ([REFERENCE], [REFERENCE, SECOND]):
        scores = sentence_chrf(HYPOTHESES, references)
        for row, value in enumerate(scores):
            refs = [lines[row] for lines in references]
            assert value == pytest.approx(sacrebleu.sentence_chrf(HYPOTHESES[row], refs).score)


def test_empty_translations_are_scored():
    scores = score(["", "", "", ""], [REFERENCE], bootstrap=10)
    assert scores["BLEU"].value == 0
    assert sentence_chrf([""], [["Bonjour."]]) == [0]


@pytest.mark.parametrize("references", [[REFERENCE[:3]], [REFERENCE, SECOND[:1]]])
def test_texts_that_are_not_parallel_are_refused(references):
    with pytest.raises(UserError, match=rf"4 hypotheses, but reference {len(references)} has "):
        score(HYPOTHESES, references)


def test_nothing_is_not_scored():
    with pytest.raises(UserError, match="empty"):
        score([], [[]])
