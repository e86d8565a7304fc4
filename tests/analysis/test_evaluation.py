import csv
import json

import pytest

from seq2seq.analysis.evaluation import Evaluation, Sentence, evaluate, read_table, summary
from seq2seq.analysis.protocol import Multi30kProtocol
from seq2seq.analysis.score import score, sentence_chrf
from seq2seq.config import DecodingConfig
from seq2seq.errors import UserError
from seq2seq.translation import Candidate, Translation
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SOURCES, REFERENCES = [src for src, _ in PAIRS], [tgt for _, tgt in PAIRS]
OPTIONS = DecodingConfig(beam=3)


@pytest.fixture(scope="module")
def translator(run_folder):
    return Translator.load(str(run_folder), device="cpu")


@pytest.fixture(scope="module")
def results(translator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    return evaluate(translator, SOURCES, [REFERENCES], OPTIONS, folder, bootstrap=20)


def test_greedy_search_and_the_beam_are_both_scored(results, translator):
    assert [r.search for r in results] == ["greedy", "beam-3"]
    for result, beam in zip(results, (1, 3), strict=True):
        translations = translator.translate(SOURCES, DecodingConfig(beam=beam))
        hypotheses = [t.text for t in translations]
        assert [s.src for s in result.sentences] == SOURCES
        assert [s.hypothesis for s in result.sentences] == hypotheses
        assert [s.reference for s in result.sentences] == REFERENCES
        assert [s.chrf for s in result.sentences] == sentence_chrf(hypotheses, [REFERENCES])
        assert result.scores == score(hypotheses, [REFERENCES], bootstrap=20)
        assert result.unfinished == sum(not t.candidates[0].finished for t in translations)
        assert result.seconds > 0


def test_hypotheses_are_written_one_a_line(results):
    for result in results:
        text = (result.folder / "hypotheses.txt").read_bytes().decode("utf-8")
        assert text == "".join(f"{s.hypothesis}\n" for s in result.sentences)


def test_the_table_holds_every_sentence(results):
    for result in results:
        path = result.folder / "sentences.tsv"
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, delimiter="\t")
        assert header == ["chrF2", "source", "hypothesis", "reference"]
        assert rows == [
            [f"{s.chrf:.1f}", s.src, s.hypothesis, s.reference] for s in result.sentences
        ]
        assert b"\r" not in path.read_bytes()


def test_scores_are_written_with_their_signatures_and_the_search(results):
    for result, beam in zip(results, (1, 3), strict=True):
        content = json.loads((result.folder / "scores.json").read_text("utf-8"))
        assert content["sentences"] == len(SOURCES)
        assert content["unfinished"] == result.unfinished
        assert content["search"]["beam"] == beam
        for name, value in result.scores.items():
            assert content["scores"][name] == vars(value)


def test_folders_are_named_after_the_search(results):
    assert [r.folder.name for r in results] == ["greedy", "beam-3"]


def test_the_worst_sentences_are_those_of_the_lowest_score(tmp_path):
    sentences = [Sentence(f"src {x}", "hyp", "ref", x) for x in (40.0, 10.0, 90.0, 0.0, 20.0)]
    result = Evaluation("greedy", {}, sentences, 1.0, 0, {}, tmp_path)
    assert [s.chrf for s in result.worst()] == [0.0, 10.0, 20.0]
    assert [s.chrf for s in result.worst(1)] == [0.0]
    assert len(result.worst(9)) == 5


def test_the_summary_shows_scores_and_the_worst_sentences(results):
    text = summary(results)
    for result in results:
        assert f"{result.search}: {len(SOURCES)} sentences" in text
        for value in result.scores.values():
            assert str(value) in text
    for s in results[-1].worst():
        assert s.src in text
        assert s.hypothesis in text
        assert s.reference in text
    assert str(results[-1].folder) in text


def test_other_ways_of_decoding_have_folders_of_their_own(translator, tmp_path):
    for options, name in [
        (DecodingConfig(samples=3, mbr=True), "mbr-sample-3"),
        (DecodingConfig(beam=3, mbr=True), "mbr-beam-3"),
        (DecodingConfig(samples=2), "sample-2"),
    ]:
        greedy, found = evaluate(
            translator, SOURCES[:3], [REFERENCES[:3]], options, tmp_path, bootstrap=1
        )
        assert (greedy.search, found.search) == ("greedy", name)
        assert [s.hypothesis for s in found.sentences] == [
            t.text for t in translator.translate(SOURCES[:3], options)
        ]
        content = json.loads((tmp_path / name / "scores.json").read_text("utf-8"))
        assert content["search"]["samples"] == options.samples


def test_greedy_search_keeps_the_limits_of_the_other(translator, tmp_path):
    options = DecodingConfig(samples=2, max_length=5, min_length=4)
    greedy = evaluate(translator, SOURCES[:3], [REFERENCES[:3]], options, tmp_path, bootstrap=1)[0]
    wanted = translator.translate(SOURCES[:3], DecodingConfig(beam=1, max_length=5, min_length=4))
    assert [s.hypothesis for s in greedy.sentences] == [t.text for t in wanted]


def test_an_ensemble_is_scored_beside_its_first_run(run_folder, tmp_path):
    both = Translator.load([str(run_folder)] * 2, device="cpu")
    found = evaluate(
        both, SOURCES[:2], [REFERENCES[:2]], OPTIONS, tmp_path, bootstrap=1, others=["other"]
    )
    assert [r.search for r in found] == ["ensemble-2-greedy", "ensemble-2-beam-3"]
    content = json.loads((found[1].folder / "scores.json").read_text("utf-8"))
    assert content["ensemble_with"] == ["other"]


class Parrot:
    """Translates everything in a given way."""

    models = (None,)

    def __init__(self, translate):
        self.translate = lambda sources, _: list(map(translate, sources))


def test_flagged_translations_are_counted_printed_and_kept(tmp_path):
    flags = iter(["copy", None, "copy", "repetition"])
    parrot = Parrot(
        lambda src: Translation(src, [Candidate(src, [], [], -1.0, -1.0, True, next(flags))])
    )
    options = DecodingConfig(beam=1)
    found = evaluate(parrot, SOURCES[:4], [REFERENCES[:4]], options, tmp_path, bootstrap=1)
    assert found[0].flagged == {"repetition": 1, "copy": 2}
    assert "1 flagged as repetition, 2 flagged as copy" in summary(found)
    content = json.loads((tmp_path / "greedy" / "scores.json").read_text("utf-8"))
    assert content["flagged"] == {"repetition": 1, "copy": 2}


def test_greedy_alone_is_scored_once(translator, tmp_path):
    options = DecodingConfig(beam=1)
    found = evaluate(translator, SOURCES[:2], [REFERENCES[:2]], options, tmp_path, bootstrap=1)
    assert [r.search for r in found] == ["greedy"]
    assert [p.name for p in tmp_path.iterdir()] == ["greedy"]


def test_several_references_are_scored_together(translator, tmp_path):
    references = [REFERENCES, list(reversed(REFERENCES))]
    result = evaluate(translator, SOURCES, references, OPTIONS, tmp_path, bootstrap=1)[-1]
    assert "nrefs:2" in result.scores["BLEU"].signature
    assert [s.reference for s in result.sentences] == REFERENCES


def test_the_table_gives_all_references_back(translator, tmp_path):
    references = [REFERENCES, [None, 'Il a dit "oui".', *[None] * 6]]
    protocol = Multi30kProtocol.from_raw(references)
    (result,) = evaluate(
        translator, SOURCES, references, DecodingConfig(beam=1), tmp_path, bootstrap=1,
        protocol=protocol,
    )  # fmt: skip
    table = read_table(result.folder / "sentences.tsv")
    assert [s.hypothesis for s in table.sentences] == [s.hypothesis for s in result.sentences]
    assert table.references == references
    assert table.tokenized == protocol.references


def test_a_protocol_is_scored_beside_the_metrics_of_raw_text(translator, results, tmp_path):
    protocol = Multi30kProtocol.from_raw([REFERENCES])
    found = evaluate(
        translator, SOURCES, [REFERENCES], OPTIONS, tmp_path, bootstrap=20, protocol=protocol
    )
    for result, plain in zip(found, results, strict=True):
        expected = protocol.score([s.hypothesis for s in result.sentences], bootstrap=20)
        assert result.scores == {**plain.scores, "BLEU-multi30k": expected}
        content = json.loads((result.folder / "scores.json").read_text("utf-8"))
        assert content["scores"]["BLEU-multi30k"] == vars(expected)
        assert str(expected) in summary(found)


def test_texts_that_are_not_parallel_are_refused_before_anything_is_translated(tmp_path):
    with pytest.raises(UserError, match="parallel"):
        evaluate(None, SOURCES, [REFERENCES[:3]], OPTIONS, tmp_path, bootstrap=1)
    with pytest.raises(UserError, match="empty"):
        evaluate(None, [], [[]], OPTIONS, tmp_path, bootstrap=1)
    short = Multi30kProtocol.from_raw([REFERENCES[:3]])
    with pytest.raises(UserError, match="parallel"):
        evaluate(None, SOURCES, [REFERENCES], OPTIONS, tmp_path, bootstrap=1, protocol=short)
    assert list(tmp_path.iterdir()) == []
