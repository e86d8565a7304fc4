"""Translators in two precisions, and what their tests share."""

import pytest

from seq2seq.config import DecodingConfig
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SOURCES = [src for src, _ in PAIRS]
GREEDY = DecodingConfig(beam=1)
BEAM = DecodingConfig(beam=5, n_best=5)
searches = pytest.mark.parametrize("options", [GREEDY, BEAM], ids=["greedy", "beam-5"])


@pytest.fixture(scope="package")
def translator32(run_folder):
    return Translator.load(str(run_folder), device="cpu")


@pytest.fixture(scope="package")
def translator(run_folder):
    """In float64, so that batches of other shapes differ by nothing that matters."""
    loaded = Translator.load(str(run_folder), device="cpu")
    loaded.model.double()
    return loaded


def in_batches_of(size, options):
    return DecodingConfig(beam=options.beam, n_best=options.n_best, batch_sentences=size)


def assert_same(translations, expected, tolerance):
    for one, other in zip(translations, expected, strict=True):
        assert one.src == other.src
        assert [c.text for c in one.candidates] == [c.text for c in other.candidates]
        assert [c.pieces for c in one.candidates] == [c.pieces for c in other.candidates]
        assert [c.finished for c in one.candidates] == [c.finished for c in other.candidates]
        scores = [c.score for c in other.candidates]
        assert [c.score for c in one.candidates] == pytest.approx(scores, abs=tolerance)
