import pytest

from seq2seq.config import DecodingConfig, LengthPenalty
from seq2seq.errors import UserError
from seq2seq.search.hypothesis import length_normalization, length_penalty
from seq2seq.search.lengths import limit, penalty_of


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, 16),  # twice the source and ten more
        ({"max_length": 7}, 7),
        ({"max_length": 99}, 50),  # the model writes no more
        ({"min_length": 20}, 30),
        ({"min_length": 45}, 50),
    ],
)
def test_a_limit_depends_on_the_sentence_and_the_options(options, wanted):
    assert limit(3, 0, DecodingConfig(**options), 50) == wanted


def test_a_long_beginning_has_room_to_go_on():
    assert limit(3, 20, DecodingConfig(), 50) == 30
    assert limit(3, 4, DecodingConfig(max_length=5), 50) == 5
    with pytest.raises(UserError, match="beginning of 5 tokens leaves no room"):
        limit(3, 5, DecodingConfig(max_length=5), 50)


def test_a_least_length_beyond_the_model_is_refused():
    with pytest.raises(UserError, match="min length is 51, the model writes at most 50"):
        limit(3, 0, DecodingConfig(min_length=51), 50)


def test_the_penalty_is_the_one_that_is_asked_for():
    assert penalty_of(DecodingConfig())(9) == length_normalization(9, 1)
    options = DecodingConfig(penalty=LengthPenalty.gnmt, length_penalty=0.7)
    assert penalty_of(options)(9) == length_penalty(9, 0.7)
