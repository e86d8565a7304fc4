from functools import partial

import pytest
import torch

from seq2seq.search.beam import beam_search
from seq2seq.search.ensemble import EnsembleState, ensemble, log_mean
from seq2seq.search.hypothesis import length_penalty
from tests.search.table_model import BOS, EOS, Prefixes, TableModel
from tests.search.test_beam import same

SENTENCES, LIMITS = list(range(8)), [3 + s % 5 for s in range(8)]
BEAM = {"beams": 4, "n_best": 3, "penalty": partial(length_penalty, alpha=0.6)}


def search(models):
    state = EnsembleState([Prefixes(SENTENCES, 4) for _ in models])
    steps = [model.step for model in models]
    return beam_search(ensemble(steps), state, torch.tensor(LIMITS), **BEAM, bos_id=BOS, eos_id=EOS)


class Mean(TableModel):
    """One table whose probabilities are the mean of others'."""

    def __init__(self, models):
        super().__init__()
        self.models = models

    def log_probs(self, prefix):
        return torch.stack([m.log_probs(prefix).exp() for m in self.models]).mean(0).log()


def test_probabilities_are_averaged_arithmetically():
    log_probs = torch.tensor([[0.9, 0.1], [0.3, 0.7]]).log()
    torch.testing.assert_close(log_mean(log_probs).exp(), torch.tensor([0.6, 0.4]))


def test_a_mean_is_never_above_1_whatever_the_rounding():
    assert (log_mean(torch.zeros(7, 1000)) <= 0).all()


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_a_model_with_itself_is_the_model(copies):
    alone = beam_search(
        TableModel().step, Prefixes(SENTENCES, 4), torch.tensor(LIMITS), **BEAM,
        bos_id=BOS, eos_id=EOS,
    )  # fmt: skip
    for found, wanted in zip(search([TableModel()] * copies), alone, strict=True):
        same(found, wanted)


def test_several_models_search_as_one_with_their_mean_would():
    models = [TableModel(seed) for seed in range(3)]
    expected = beam_search(
        Mean(models).step, Prefixes(SENTENCES, 4), torch.tensor(LIMITS), **BEAM,
        bos_id=BOS, eos_id=EOS,
    )  # fmt: skip
    for found, wanted in zip(search(models), expected, strict=True):
        same(found, wanted)
