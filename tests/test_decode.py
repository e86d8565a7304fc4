"""What options ask for is what is searched."""

import pytest
import torch

from seq2seq.config import DecodingConfig, LengthPenalty
from seq2seq.data.tokenizer import BOS_ID, PAD_ID
from seq2seq.decode import decode
from seq2seq.search.lengths import penalty_of

SOURCES = [[5, 6, 7, 8, 9], [10, 11], [12, 13, 14], [15]]
WAYS = [
    DecodingConfig(beam=1),
    DecodingConfig(beam=4, n_best=2),
    DecodingConfig(beam=4, n_best=2, penalty=LengthPenalty.gnmt, length_penalty=0.6),
    DecodingConfig(samples=3, temperature=0.8),
]
ways = pytest.mark.parametrize("options", WAYS, ids=["greedy", "beam", "gnmt", "samples"])


@ways
def test_scores_are_by_the_penalty_asked_for(model, options):
    for hypotheses in decode([model], SOURCES, options, []):
        for h in hypotheses:
            divisor = penalty_of(options)(len(h.ids) + h.finished)
            assert h.score == pytest.approx(h.log_probability / divisor)


@ways
def test_a_batch_is_decoded_as_its_sentences_are_alone(model, options):
    prefixes = [[], [20, 21], [], [22]]
    together = decode([model], SOURCES, options, prefixes)
    for src_ids, prefix, found in zip(SOURCES, prefixes, together, strict=True):
        (alone,) = decode([model], [src_ids], options, [prefix])
        assert [h.ids for h in alone] == [h.ids for h in found]
        assert all(h.ids[: len(prefix)] == prefix for h in found)
        scores = [h.score for h in found]
        assert [h.score for h in alone] == pytest.approx(scores, abs=1e-10)


def test_minimum_bayes_risk_gets_the_whole_beam(model):
    options = DecodingConfig(beam=4, n_best=1, mbr=True)
    assert [len(h) for h in decode([model], SOURCES, options, [])] == [4] * 4


def test_samples_hold_neither_padding_nor_a_second_beginning(model):
    with torch.no_grad():  # as likely as can be
        model.embedding.pieces.weight[[PAD_ID, BOS_ID]] *= 5
    found = decode([model], SOURCES, DecodingConfig(samples=30, temperature=3.0), [])
    written = {i for hypotheses in found for h in hypotheses for i in h.ids}
    assert len(written) > 20
    assert not written & {PAD_ID, BOS_ID}
