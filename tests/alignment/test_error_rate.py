"""Alignment error rate: by hand, at its bounds, and as published for the Canadian Hansards."""

import numpy as np
import pytest

from seq2seq.alignment.error_rate import AlignmentScore, GoldLinks, score_links
from seq2seq.alignment.links import Symmetrization, from_pharaoh, symmetrize, transpose
from seq2seq.data.sources import read_lines
from tests.conftest import REPOSITORY

HANSARDS = REPOSITORY.parent / "shared" / "alignments" / "hansards"
hansards = pytest.mark.skipif(
    not (HANSARDS / "enfr.gold").is_file(), reason="the Hansards gold links are not here"
)
PUBLISHED = {
    "fastalign": {
        "forward": 16.4, "reverse": 15.9, "intersection": 11.2, "union": 19.5,
        "grow-diagonal": 10.5, "grow-diagonal-final": 12.1,
    },
    "giza": {
        "forward": 8.0, "reverse": 9.8, "intersection": 7.6, "union": 9.9,
        "grow-diagonal": 5.9, "grow-diagonal-final": 6.2,
    },
}  # fmt: skip
tools = pytest.mark.parametrize("tool", PUBLISHED)


def gold(line):
    return GoldLinks(*from_pharaoh(line))


def links(line):
    return from_pharaoh(line)[0]


def test_a_case_counted_by_hand():
    """A has 5 links, S 4: 3 of A are in S, 4 in P."""
    score = score_links([links("0-0 1-1 2-2 3-4 4-0")], [gold("0-0 1-1 2-2 3-3 3p4")])
    assert score.precision == pytest.approx(4 / 5)
    assert score.recall == pytest.approx(3 / 4)
    assert score.aer == pytest.approx(1 - (3 + 4) / (5 + 4))
    assert score.f1 == pytest.approx(2 * 0.8 * 0.75 / 1.55)


def test_counts_of_sentences_are_added_up_not_their_rates():
    found = [links("0-0"), links("0-0 1-0 2-0 3-0")]
    known = [gold("0-0"), gold("0-0 1-1")]
    assert score_links(found, known).aer == pytest.approx(1 - (2 + 2) / (5 + 3))


def test_the_sure_links_are_perfect_and_wrong_ones_worthless():
    known = [gold("0-0 1-1 1p2"), gold("0p0 2-1")]
    assert score_links([g.sure for g in known], known) == AlignmentScore(0.0, 1.0, 1.0)
    everything = score_links([g.possible for g in known], known)
    assert everything == AlignmentScore(0.0, 1.0, 1.0)  # possible links cost nothing
    worthless = score_links([links("5-5"), links("")], known)
    assert worthless == AlignmentScore(1.0, 0.0, 0.0)
    assert worthless.f1 == 0


def test_the_error_rate_is_between_0_and_1():
    rng = np.random.default_rng(0)
    for _ in range(100):
        found, sure, more = (
            frozenset((int(s), int(t)) for s, t in np.argwhere(rng.random((4, 5)) < 0.4)) | {last}
            for last in [(9, 9), (9, 8), (8, 9)]
        )
        score = score_links([found], [GoldLinks(sure, sure | more)])
        assert all(0 <= x <= 1 for x in (score.aer, score.precision, score.recall, score.f1))


@pytest.mark.parametrize(
    ("found", "known"),
    [([], []), (["0-0"], ["0p0"]), ([""], ["0-0"]), (["0-0"], []), ([], ["0-0"])],
    ids=["nothing", "no sure", "none found", "more found", "more gold"],
)
def test_without_links_or_with_unequal_lists_there_is_no_rate(found, known):
    with pytest.raises(ValueError, match=r"link|argument"):
        score_links(map(links, found), list(map(gold, known)))


@pytest.fixture(scope="module")
def gold_links():
    """The file counts words from 1."""
    both = [from_pharaoh(line) for line in read_lines(HANSARDS / "enfr.gold")]
    return [GoldLinks(*(frozenset((s - 1, t - 1) for s, t in side) for side in p)) for p in both]


def found_by(tool, suffix=""):
    return [from_pharaoh(line)[0] for line in read_lines(HANSARDS / f"{tool}{suffix}.talp")]


def percent(found, gold_links):
    return round(100 * score_links(found, gold_links).aer, 1)


@hansards
@tools
def test_the_published_rates_of_both_directions_are_reproduced(tool, gold_links):
    reverse = [transpose(found) for found in found_by(tool, ".reverse")]
    assert percent(found_by(tool), gold_links) == PUBLISHED[tool]["forward"]
    assert percent(reverse, gold_links) == PUBLISHED[tool]["reverse"]


@hansards
@tools
@pytest.mark.parametrize("how", Symmetrization, ids=lambda how: how.value)
def test_the_published_symmetrised_links_and_rates_are_reproduced(tool, how, gold_links):
    directions = zip(found_by(tool), found_by(tool, ".reverse"), strict=True)
    ours = [symmetrize(one, transpose(other), how) for one, other in directions]
    assert len(ours) == 447
    assert ours == found_by(tool, f".{how.value}")
    assert percent(ours, gold_links) == PUBLISHED[tool][how.value]
