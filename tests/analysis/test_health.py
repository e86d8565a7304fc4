"""Health of cross-attention: figures of crafted maps, and what silencing heads does."""

import math

import numpy as np
import pytest
import torch

from seq2seq.alignment.weights import CrossAttention
from seq2seq.analysis.health import (
    examine,
    mean_entropy,
    mean_loss,
    mean_sink_mass,
    share_left_out,
    without_cross_attention,
    without_head,
    zeroed,
)
from seq2seq.config import Norm
from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import PAD_ID
from seq2seq.translator import Translator
from tests.conftest import PAIRS, tiny_model

SRC = ["▁He", "▁sle", "eps", ".", "</s>"]
TGT = ["▁Il", "▁dort", ".", "</s>"]
norms = pytest.mark.parametrize("norm", Norm)


@pytest.fixture
def translator(run_folder):
    return Translator.load(str(run_folder), device="cpu")


def looking(*maps):
    """One block; a head for each map of (T, S) weights."""
    return CrossAttention(SRC, TGT, np.array([maps], np.float32))


def columns(*chosen):
    return np.eye(len(SRC))[list(chosen)]


UNIFORM = np.full((len(TGT), len(SRC)), 1 / len(SRC))


def random_batch(vocab_size, seed=0, sentences=3):
    rng = np.random.default_rng(seed)
    ids = [[rng.integers(4, vocab_size, n).tolist() for n in rng.integers(3, 9, sentences)]
           for _ in range(2)]  # fmt: skip
    return Batch.from_ids(*ids)


def test_the_entropy_of_uniform_rows_is_log_s_and_of_certain_rows_0():
    entropy = mean_entropy([looking(UNIFORM, columns(0, 1, 3, 4))])
    np.testing.assert_allclose(entropy, [[math.log(len(SRC)), 0]], atol=1e-6)
    halves = (columns(0, 0, 0, 0) + columns(1, 2, 3, 4)) / 2
    longer = CrossAttention(["▁a"] * 8, ["▁b"] * 12, np.full((1, 1, 12, 8), 1 / 8, np.float32))
    mean = mean_entropy([looking(halves), longer])  # over the rows of all pairs
    np.testing.assert_allclose(mean, (4 * math.log(2) + 12 * math.log(8)) / 16, rtol=1e-6)


@pytest.mark.parametrize(
    ("rows", "mass"),
    [
        ((0, 1, 1, 4), 0),
        ((4, 4, 4, 4), 1),
        ((3, 3, 3, 3), 1),
        ((3, 1, 1, 1), 0.5),
        ((0, 4, 1, 1), 0.5),
        ((0, 1, 4, 4), 0),  # the full stop of the target and its </s> are not asked
    ],
)
def test_sink_mass_is_what_the_end_and_the_closing_stop_take_from_other_words(rows, mass):
    assert mean_sink_mass([looking(columns(*rows))]) == pytest.approx(mass)


def test_without_a_closing_stop_only_the_end_is_a_sink():
    weights = np.zeros((1, 1, 2, 3), np.float32)
    weights[..., 1], weights[..., 2] = 0.75, 0.25
    open_end = CrossAttention(["▁He", "▁sleeps", "</s>"], ["▁Il", "</s>"], weights)
    assert mean_sink_mass([open_end]) == pytest.approx(0.25)
    closed = CrossAttention(["▁He", "!", "</s>"], ["▁Il", "</s>"], weights)
    assert mean_sink_mass([closed]) == pytest.approx(1)


def test_left_out_is_the_share_of_source_words_that_nobody_looks_at():
    maps = [columns(0, 1, 3, 4), columns(0, 0, 0, 1), columns(4, 4, 4, 4), UNIFORM]
    np.testing.assert_allclose(share_left_out([looking(*maps)]), [[0, 2 / 3, 1, 0]])
    faint = 0.88 * columns(0, 0, 0, 0) + 0.04 * (columns(1, 1, 1, 1) + columns(2, 2, 2, 2))
    faint += 0.04 * columns(3, 3, 3, 3)  # two pieces of "sleeps" with 0.04 each are not enough
    assert share_left_out([looking(faint)]) == pytest.approx(2 / 3)
    faint += 0.02 * (columns(1, 1, 1, 1) + columns(2, 2, 2, 2)) - 0.04 * columns(0, 0, 0, 0)
    assert share_left_out([looking(faint)]) == pytest.approx(1 / 3)


@norms
def test_the_loss_is_the_mean_over_real_target_tokens(norm):
    model, batch = tiny_model(norm=norm).double(), random_batch(40)
    with torch.no_grad():
        log_probs = model.logits(model(batch.src, batch.tgt_in).hidden).log_softmax(dim=-1)
    chosen = -log_probs.gather(2, batch.tgt_out[..., None])[..., 0]
    expected = chosen[batch.tgt_out != PAD_ID].mean().item()
    assert mean_loss(model, model.encode(batch.src), batch) == pytest.approx(expected, rel=1e-5)


@norms
@pytest.mark.parametrize(("layer", "head"), [(0, 0), (1, 1)])
@torch.no_grad()
def test_a_silenced_head_adds_nothing_to_the_output_of_its_block(norm, layer, head):
    """The output projection of all heads, minus what this head's own values give to it."""
    model, batch = tiny_model(norm=norm).double(), random_batch(40)
    cross = model.decoder.blocks[layer].cross_attention
    cross.output.bias.normal_()
    asked = []
    hook = cross.register_forward_hook(
        lambda _, given, options, result: asked.append((given, options, result.output)),
        with_kwargs=True,
    )
    model(batch.src, batch.tgt_in)
    with without_head(model, layer, head):
        model(batch.src, batch.tgt_in)
    hook.remove()
    ((x, memory), options, whole), (_, _, silenced) = asked
    queries = cross._split(cross.query(x))
    weights = queries @ memory.keys.mT / math.sqrt(queries.shape[-1])
    weights = weights.masked_fill(~options["mask"], -torch.inf).softmax(dim=-1)
    values = (weights @ memory.values).transpose(1, 2)  # (B, T, H, K)
    own = values[:, :, head] @ cross.output.weight.view(len(whole[0, 0]), 2, -1)[:, head].T
    torch.testing.assert_close(silenced, whole - own)
    values[:, :, head] = 0
    torch.testing.assert_close(silenced, cross.output(values.flatten(2)))
    assert not torch.allclose(silenced, whole)


@norms
def test_without_cross_attention_the_source_does_not_matter(norm):
    model = tiny_model(norm=norm).double()
    with torch.no_grad():
        for block in model.decoder.blocks:
            block.cross_attention.output.bias.normal_()
    one, other = random_batch(40, seed=1), random_batch(40, seed=2)
    moved = Batch(other.src, one.tgt_in, one.tgt_out)
    assert mean_loss(model, model.encode(one.src), one) != pytest.approx(
        mean_loss(model, model.encode(moved.src), moved), abs=1e-6
    )
    with without_cross_attention(model):
        assert mean_loss(model, model.encode(one.src), one) == mean_loss(
            model, model.encode(moved.src), moved
        )


def test_the_blind_loss_does_not_depend_on_the_source(translator):
    swapped = [(PAIRS[i - 1][0], tgt) for i, (_, tgt) in enumerate(PAIRS)]
    one, other = examine(translator, PAIRS), examine(translator, swapped)
    assert one.loss_blind == pytest.approx(other.loss_blind, rel=1e-6)
    assert one.loss != pytest.approx(other.loss, rel=1e-4)


def test_weights_are_exactly_what_they_were(translator):
    before = {name: weight.clone() for name, weight in translator.model.state_dict().items()}
    examine(translator, PAIRS)
    for name, weight in translator.model.state_dict().items():
        assert torch.equal(weight, before[name]), name
    assert all(parameter.requires_grad for parameter in translator.model.parameters())


def test_parameters_come_back_even_after_an_error():
    weight = torch.nn.Parameter(torch.randn(4, 6))
    before = weight.detach().clone()
    part = weight[:, 2:4]

    def fail():
        with zeroed(part):
            assert torch.all(weight[:, 2:4] == 0)
            assert torch.equal(weight[:, :2], before[:, :2])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert torch.equal(weight, before)


def test_figures_have_their_places_and_bounds(translator):
    health = examine(translator, PAIRS)
    for figures in (health.entropy, health.sink_mass, health.left_out, health.loss_without):
        assert figures.shape == (2, 2)
        assert np.all(np.isfinite(figures))
    longest = max(len(ids) for ids in translator.encode([src for src, _ in PAIRS])) + 1
    assert np.all((health.entropy >= 0) & (health.entropy <= math.log(longest)))
    for shares in (health.sink_mass, health.left_out):
        assert np.all((shares >= 0) & (shares <= 1))
    batch = Batch.from_ids(*([translator.encode(list(side)) for side in zip(*PAIRS, strict=True)]))
    with without_head(translator.model, 1, 0):
        assert health.loss_without[1, 0] == mean_loss(
            translator.model, translator.model.encode(batch.src), batch
        )
    assert health.loss == mean_loss(translator.model, translator.model.encode(batch.src), batch)
    scalars = health.scalars()
    assert len(scalars) == 4 * 4 + 2
    assert scalars["health/loss"] == health.loss
    assert scalars["health/loss_blind"] == health.loss_blind
    assert scalars["health_sink_mass/block2_head1"] == health.sink_mass[1, 0]
    assert {type(value) for value in scalars.values()} == {float}


def test_blank_pairs_are_passed_over_and_none_at_all_raises(translator):
    blank = [("", "Oui."), ("Yes.", " "), ("\u00a0", "Oui."), ("", "")]
    assert examine(translator, [*blank, *PAIRS]).scalars() == examine(translator, PAIRS).scalars()
    for pairs in ([], blank):
        with pytest.raises(ValueError, match="no sentence pair"):
            examine(translator, pairs)


@pytest.mark.parametrize("odd", ["\u200b", "▁", "."])
def test_texts_of_no_words_do_no_harm(translator, odd):
    for pair in ((odd, "Oui."), ("Yes.", odd)):
        health = examine(translator, [pair, *PAIRS])
        assert all(math.isfinite(value) for value in health.scalars().values())
