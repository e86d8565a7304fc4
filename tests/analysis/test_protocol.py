"""The Multi30k protocol gives what the literature's files have, and says what it did."""

import sys

import pytest
from sacrebleu.metrics.bleu import BLEU

from seq2seq.analysis.protocol import Multi30kProtocol, moses, protocol_of, refuse_tokenized
from seq2seq.config import DataConfig, Protocol
from seq2seq.data.sources import read_lines
from seq2seq.errors import UserError
from tests.conftest import REPOSITORY

MULTI30K = REPOSITORY.parent / "shared" / "corpora" / "multi30k"
RAW = ["Un homme joue de la guitare.", "L'ami d'une fille lit.", "Deux œufs\u00a0!"]
OFFICIAL = ["un homme joue de la guitare .", "l&apos; ami d&apos; une fille lit .", "deux œufs !"]
HYPOTHESES = ["Un homme joue de la batterie.", "L'ami d'une fille dort.", "Deux œufs."]


@pytest.mark.parametrize(
    ("raw", "prepared"),
    [
        *zip(RAW, OFFICIAL, strict=True),
        ("Elle jette un coup d'ŒIL.", "elle jette un coup d&apos; œil ."),
        ("L’été à l’ÎLE", "l&apos; été à l&apos; île"),
        ('Il crie "Non" !', "il crie &quot; non &quot; !"),
        ("Il dit «\u00a0Oui\u00a0».", "il dit &quot; oui &quot; ."),
        ("Il dit «\u202fOui\u202f»\u202f!", "il dit &quot; oui &quot; !"),
        ("12\u00a0000 m² & 5\u00a0% [a|b]", "12,000 m ² &amp; 5 % &#91; a &#124; b &#93;"),
        ("Un T-shirt… et aujourd'hui", "un t-shirt ... et aujourd&apos; hui"),
        ("  ", ""),
    ],
)
def test_text_becomes_what_the_official_files_have(raw, prepared):
    assert moses()(raw) == prepared


@pytest.mark.skipif(not MULTI30K.is_dir(), reason="the Multi30k files are not here")
@pytest.mark.parametrize(("name", "size"), [("val", 1014), ("test_2016_flickr", 1000)])
def test_raw_references_become_the_official_files_but_for_one_line(name, size):
    prepared = [*map(moses(), read_lines(MULTI30K / f"{name}.fr.gz"))]
    official = list(read_lines(MULTI30K / f"{name}.lc.norm.tok.fr"))
    assert sum(a == b for a, b in zip(prepared, official, strict=True)) == size - 1
    assert Multi30kProtocol.official([official]).references == [official]


def test_the_score_is_bleu_of_the_tokens():
    found = Multi30kProtocol.official([OFFICIAL]).score(HYPOTHESES, bootstrap=20)
    tokens = [
        "un homme joue de la batterie .", "l&apos; ami d&apos; une fille dort .", "deux œufs .",
    ]  # fmt: skip
    direct = BLEU(tokenize="none", force=True).corpus_score(tokens, [OFFICIAL])
    assert found.value == pytest.approx(direct.score)
    assert found.metric == "BLEU-multi30k"
    assert found.interval > 0
    assert found.signature.startswith("protocol:multi30k|ref:official|norm:moses-fr|tok:moses-fr-")
    assert "|nrefs:1|bs:20|seed:12345|case:lc|eff:no|tok:none|" in found.signature


def test_references_tokenized_here_score_the_same_and_say_so():
    here, official = Multi30kProtocol.from_raw([RAW]), Multi30kProtocol.official([OFFICIAL])
    assert here.references == official.references
    scores = [protocol.score(HYPOTHESES) for protocol in (here, official)]
    assert scores[0].value == scores[1].value
    assert scores[0].signature == scores[1].signature.replace("ref:official", "ref:tokenized-here")
    assert Multi30kProtocol.from_raw([RAW]).score(RAW).value == pytest.approx(100)


def test_a_reference_that_is_missing_stays_missing():
    second = ["Un type joue de la batterie.", None, None]
    protocol = Multi30kProtocol.from_raw([RAW, second])
    assert protocol.references[1] == ["un type joue de la batterie .", None, None]
    assert (
        protocol.score(HYPOTHESES).value > Multi30kProtocol.from_raw([RAW]).score(HYPOTHESES).value
    )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [([OFFICIAL[0], RAW[0]], "capital letters in line 2"), (["un homme."], "full stops not set")],
)
def test_a_raw_reference_is_not_taken_for_the_official(lines, reason):
    with pytest.raises(UserError, match=reason) as raised:
        Multi30kProtocol.official([lines])
    assert "lc.norm.tok.fr" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_abbreviation_at_the_end_of_an_official_line_is_no_raw_text():
    lines = [*OFFICIAL, "des gens admirent une œuvre d&apos; art."]  # as test 2016 has it
    assert Multi30kProtocol.official([lines]).origin == "official"


def test_tokenized_text_is_not_tokenized_again():
    refuse_tokenized([*RAW, None], "hyp.txt", "give raw text")
    with pytest.raises(UserError, match=r"hyp\.txt is tokenized already \(line 2 .*give raw text"):
        refuse_tokenized(OFFICIAL, "hyp.txt", "give raw text")


def test_texts_that_are_not_parallel_are_refused():
    with pytest.raises(UserError, match="parallel"):
        Multi30kProtocol.official([OFFICIAL]).score(HYPOTHESES[:2])


def test_a_corpus_chooses_its_protocol():
    data = {"name": "x", "train": ["x.tsv"]}
    assert protocol_of(DataConfig(**data), [RAW]) is None
    found = protocol_of(DataConfig(**data, protocol=Protocol.multi30k), [RAW])
    assert found == Multi30kProtocol.from_raw([RAW])


def test_without_sacremoses_it_is_said_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sacremoses", None)
    for make in (Multi30kProtocol.from_raw, Multi30kProtocol.official):
        with pytest.raises(UserError, match="pip install sacremoses"):
            make([OFFICIAL])
    data = DataConfig(name="x", train=["x.tsv"], protocol=Protocol.multi30k)
    assert protocol_of(data, [RAW]) is None  # a long training must not end in an error
    assert "pip install sacremoses" in capsys.readouterr().out
