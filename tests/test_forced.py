"""Given translations are scored as they would be, one step after the other."""

import pytest
import torch

from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import BOS_ID, EOS_ID
from seq2seq.forced import forced_batches, forced_log_probs
from tests.conftest import tiny_model

PAIRS = [([5, 6, 7], [8, 9]), ([10], [11, 12, 13, 14]), ([15, 16], []), ([], [17])]


def step_by_step(model, src_ids, tgt_ids):
    state = model.start(torch.tensor([[*src_ids, EOS_ID]]), 1, 10)
    log_probs, last = [], BOS_ID
    for word in [*tgt_ids, EOS_ID]:
        log_probs.append(model.step(torch.tensor([[last]]), state).log_softmax(-1)[0, 0, word])
        last = word
    return torch.stack(log_probs)


@torch.inference_mode()
def test_log_probabilities_are_those_of_decoding_step_by_step(model):
    log_probs_BT = forced_log_probs([model], Batch.from_ids(*map(list, zip(*PAIRS, strict=True))))
    for row, (src_ids, tgt_ids) in zip(log_probs_BT, PAIRS, strict=True):
        torch.testing.assert_close(row[: len(tgt_ids) + 1], step_by_step(model, src_ids, tgt_ids))
        assert not row[len(tgt_ids) + 1 :].any()


@torch.inference_mode()
def test_several_models_have_the_mean_of_their_probabilities(model):
    other = tiny_model(heads=4).double()
    batch = Batch.from_ids(*map(list, zip(*PAIRS, strict=True)))
    both, *each = (forced_log_probs(m, batch) for m in ([model, other], [model], [other]))
    torch.testing.assert_close(both.exp(), torch.stack(each).exp().mean(0))
    assert not torch.allclose(*each)


def test_batches_hold_every_pair_once_with_its_number(monkeypatch):
    monkeypatch.setattr("seq2seq.forced.SENTENCES", 3)
    seen = {}
    for rows, batch in forced_batches(PAIRS, torch.device("cpu")):
        assert len(rows) == len(batch.src) <= 3
        for row, src in zip(rows, batch.src.tolist(), strict=True):
            seen[row] = src[: src.index(EOS_ID)]
    assert seen == {number: src for number, (src, _) in enumerate(PAIRS)}
    assert list(forced_batches([], torch.device("cpu"))) == []


def test_a_log_probability_is_never_above_0(model):
    batch = Batch.from_ids(*map(list, zip(*PAIRS, strict=True)))
    assert (forced_log_probs([model] * 3, batch) <= 0).all()
    assert forced_log_probs([model] * 3, batch).sum() == pytest.approx(
        forced_log_probs([model], batch).sum().item()
    )
