"""``seq2seq evaluate`` finds the protocol that is asked for, or the corpus's own."""

import pytest

from seq2seq.cli.evaluate import find_protocol
from seq2seq.config import DataConfig, EvaluateConfig, Protocol
from seq2seq.errors import UserError
from tests.analysis.test_protocol import OFFICIAL, RAW

DATA = {"name": "x", "train": ["x.tsv"]}
MULTI30K = {"protocol": Protocol.multi30k}


def test_a_run_knows_the_protocol_of_its_own_splits_only():
    data = DataConfig(**DATA, **MULTI30K)
    assert find_protocol(EvaluateConfig(), data, [RAW]).origin == "tokenized-here"
    assert find_protocol(EvaluateConfig(src="a.en", ref="a.fr"), data, [RAW]) is None
    assert find_protocol(EvaluateConfig(), DataConfig(**DATA), [RAW]) is None


def test_a_protocol_can_be_asked_for_with_its_official_reference(tmp_path):
    asked = EvaluateConfig(**MULTI30K)
    assert find_protocol(asked, DataConfig(**DATA), [RAW]).references == [OFFICIAL]
    path = tmp_path / "a.lc.norm.tok.fr"
    path.write_text("".join(f"{line}\n" for line in OFFICIAL[::-1]), "utf-8")
    found = find_protocol(
        EvaluateConfig(**MULTI30K, protocol_ref=str(path)), DataConfig(**DATA), [RAW]
    )
    assert (found.origin, found.references) == ("official", [OFFICIAL[::-1]])


def test_tokenized_references_and_english_are_refused():
    asked = EvaluateConfig(**MULTI30K)
    with pytest.raises(UserError, match="the official file as protocol_ref"):
        find_protocol(asked, DataConfig(**DATA), [OFFICIAL])
    with pytest.raises(UserError, match="writes English"):
        find_protocol(asked, DataConfig(**DATA, reverse=True), [RAW])
