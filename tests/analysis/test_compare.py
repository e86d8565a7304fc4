"""Two runs compared: what is the same is no difference, what is worse is found, and where."""

import json
from itertools import pairwise
from types import SimpleNamespace

import pytest
import sacrebleu

from seq2seq.analysis.compare import compare
from seq2seq.analysis.evaluation import evaluate
from seq2seq.analysis.protocol import Multi30kProtocol
from seq2seq.config import DecodingConfig
from seq2seq.errors import UserError
from tests.conftest import PAIRS

SOURCES = [src for src, _ in PAIRS] * 4
REFERENCES = [tgt for _, tgt in PAIRS] * 4
SECOND = ["Salut, ça va\u00a0?", *[None] * 7] * 4
WORSE = [" ".join(text.split()[::-1]) for text in REFERENCES]
SLIGHTLY = ["Bonjour, comment allez-vous\u00a0!", *REFERENCES[1:]]


def evaluated(folder, hypotheses, references=(REFERENCES,), sources=SOURCES, **options):
    """A run folder with an evaluation of these translations."""
    texts = [SimpleNamespace(text=text, candidates=[], flag=None) for text in hypotheses]
    translator = SimpleNamespace(translate=lambda *_: texts, models=[None])
    given = {"test": "test", "beam": 5, "bootstrap": 1, **options}
    decoding, place = DecodingConfig(beam=given.pop("beam")), given.pop("test")
    evaluate(translator, sources, references, decoding, folder / "evaluation" / place, **given)
    return folder


def difference(comparison, metric):
    """The difference in one metric."""
    (found,) = (d for d in comparison.differences if d.metric == metric)
    return found


def test_a_run_does_not_differ_from_itself(tmp_path):
    folder = evaluated(tmp_path / "a", SLIGHTLY)
    found = compare(folder, folder, samples=50)
    for d in found.differences:
        assert d.p == 1
        assert d.a == d.b
    text = found.describe()
    assert "no significant" not in text
    assert "no difference: every translation is the same" in text


def test_a_run_that_is_much_worse_is_found_in_either_order(tmp_path):
    good, bad = evaluated(tmp_path / "a", SLIGHTLY), evaluated(tmp_path / "b", WORSE)
    for folders, verdict in [((good, bad), "A is better"), ((bad, good), "B is better")]:
        for d in compare(*folders, samples=200).differences:
            assert d.p < 0.05
            assert verdict in str(d)


def test_one_mark_of_one_sentence_is_not_significant(tmp_path):
    a, b = evaluated(tmp_path / "a", SLIGHTLY), evaluated(tmp_path / "b", REFERENCES)
    found = difference(compare(a, b, samples=200), "BLEU")
    assert found.b > found.a
    assert 0.05 < found.p <= 1
    assert "no significant difference" in str(found)


@pytest.mark.parametrize("references", [[REFERENCES], [REFERENCES, SECOND]], ids=["one", "two"])
def test_scores_and_signatures_are_those_of_the_evaluations(tmp_path, references):
    a = evaluated(tmp_path / "a", SLIGHTLY, references)
    b = evaluated(tmp_path / "b", WORSE, references)
    found = compare(a, b, samples=20)
    for folder, side in [(a, "a"), (b, "b")]:
        kept = json.loads((folder / "evaluation/test/beam-5/scores.json").read_text())["scores"]
        for metric in ("BLEU", "chrF2"):
            assert getattr(difference(found, metric), side) == pytest.approx(kept[metric]["value"])
            assert difference(found, metric).signature == kept[metric]["signature"]


def test_the_protocol_is_compared_where_both_have_it(tmp_path):
    protocol = Multi30kProtocol.from_raw([REFERENCES])
    a = evaluated(tmp_path / "a", SLIGHTLY, protocol=protocol)
    b = evaluated(tmp_path / "b", WORSE, protocol=protocol)
    found = difference(compare(a, b, samples=200), "BLEU-multi30k")
    assert found.a == pytest.approx(protocol.score(SLIGHTLY).value)
    assert found.p < 0.05
    assert "protocol:multi30k|ref:tokenized-here" in found.signature


def test_buckets_hold_every_sentence_once_and_score_their_own(tmp_path):
    a, b = evaluated(tmp_path / "a", SLIGHTLY), evaluated(tmp_path / "b", WORSE)
    found = compare(a, b, samples=2)
    for buckets in (found.by_source, found.by_reference):
        assert sum(bucket.sentences for bucket in buckets) == len(SOURCES)
        spans = [(bucket.shortest, bucket.longest) for bucket in buckets]
        assert spans == sorted(spans)
        assert all(one[1] < next_[0] for one, next_ in pairwise(spans))
    first = found.by_source[0]  # words, marks included
    assert (first.shortest, first.longest, first.sentences) == (4, 4, 8)
    rows = [
        row for row, text in enumerate(SOURCES) if text in ("I am hungry.", "They're late again!")
    ]
    mine = [[texts[row] for row in rows] for texts in (WORSE, REFERENCES)]
    assert first.b == pytest.approx(sacrebleu.corpus_bleu(mine[0], [mine[1]]).score)


def test_sentences_that_differ_most_come_first(tmp_path):
    changed = [*REFERENCES]
    changed[3], changed[5] = "Rien.", "Nous habitons dans une ville."
    a, b = evaluated(tmp_path / "a", REFERENCES), evaluated(tmp_path / "b", changed)
    found = compare(a, b, samples=2)
    assert [one.src for one, _ in found.pairs[:2]] == [SOURCES[3], SOURCES[5]]
    text = found.describe(1)
    assert "2 translations differ" in text
    for shown in (SOURCES[3], REFERENCES[3], "Rien."):
        assert shown in text
    assert SOURCES[5] not in text


def test_the_widest_search_of_both_is_compared_unless_one_is_named(tmp_path):
    a, b = evaluated(tmp_path / "a", SLIGHTLY), evaluated(tmp_path / "b", WORSE)
    evaluated(a, SLIGHTLY, beam=12)
    assert compare(a, b, samples=2).test == "test/beam-5"
    assert compare(a, b, search="greedy", samples=2).test == "test/greedy"
    evaluated(b, WORSE, beam=12)
    assert compare(a, b, samples=2).test == "test/beam-12"


def test_searches_without_a_number_can_be_all_that_two_runs_share(tmp_path):
    a, b = evaluated(tmp_path / "a", REFERENCES), evaluated(tmp_path / "b", REFERENCES)
    for folder in (a, b):
        for search in ("greedy", "beam-5"):
            place = folder / "evaluation" / "test" / search
            place.rename(place.with_name(f"ensemble-2-{search}"))
    assert compare(a, b, samples=2).test == "test/ensemble-2-beam-5"


def test_what_cannot_be_compared_is_refused_in_one_line(tmp_path):
    a = evaluated(tmp_path / "a", SLIGHTLY)
    (tmp_path / "bare").mkdir()
    other = {
        "sources differ": evaluated(tmp_path / "1", SLIGHTLY, sources=SOURCES[::-1]),
        "references differ": evaluated(tmp_path / "2", SLIGHTLY, [WORSE]),
        "not computed alike": evaluated(tmp_path / "3", SLIGHTLY, bootstrap=9),
        "no search on test that both have: a has beam-5 and greedy, 4 has nothing": evaluated(
            tmp_path / "4", SLIGHTLY, test="validation"
        ),
        "a has no BLEU-multi30k: evaluate it again": evaluated(
            tmp_path / "5", SLIGHTLY, protocol=Multi30kProtocol.from_raw([REFERENCES])
        ),
        "has not been evaluated": tmp_path / "bare",
    }
    for message, b in other.items():
        with pytest.raises(UserError, match=message) as raised:
            compare(a, b, samples=2)
        assert "\n" not in str(raised.value)
    with pytest.raises(UserError, match="a was not evaluated on test/beam-9"):
        compare(a, a, search="beam-9")


def test_official_and_own_tokens_are_not_compared(tmp_path):
    here = Multi30kProtocol.from_raw([REFERENCES])
    official = Multi30kProtocol(here.references, "official")
    a = evaluated(tmp_path / "a", SLIGHTLY, protocol=here)
    b = evaluated(tmp_path / "b", SLIGHTLY, protocol=official)
    with pytest.raises(UserError, match="BLEU-multi30k was not computed alike"):
        compare(a, b, samples=2)


def test_an_older_table_without_all_references_wants_another_evaluation(tmp_path):
    references = [REFERENCES, [*WORSE[:9], *[None] * (len(WORSE) - 9)]]
    folder = evaluated(tmp_path / "a", WORSE, references)
    table = folder / "evaluation/test/beam-5/sentences.tsv"
    lines = [line.rpartition("\t")[0] for line in table.read_text("utf-8").splitlines()]
    table.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(UserError, match="evaluate this run again"):
        compare(folder, folder, samples=2)
