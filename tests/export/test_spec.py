"""A model and its export compute the same; the forward pass of ours is the judge."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from seq2seq.config import DecodingConfig, LengthPenalty, ModelConfig
from seq2seq.data.batches import Batch
from seq2seq.errors import UserError
from seq2seq.options import option
from tests.conftest import PAIRS, tiny_model
from tests.export.conftest import MEAN

pytest.importorskip("ctranslate2")
from seq2seq.export.spec import build_spec, export_ctranslate2, order_of_heads

SOURCES = [src for src, _ in PAIRS]
GREEDY = DecodingConfig(beam=1)


def same_best(ours, theirs, options):
    pairs = zip(ours.translate(SOURCES, options), theirs.translate(SOURCES, options), strict=True)
    for one, other in pairs:
        (best, exported) = one.candidates[0], other.candidates[0]
        assert exported.ids == best.ids
        assert (exported.text, exported.pieces) == (best.text, best.pieces)
        assert exported.finished == best.finished
        assert exported.log_probability == pytest.approx(best.log_probability, abs=1e-4)
        assert exported.score == pytest.approx(best.score, abs=1e-4)


@torch.inference_mode()
def test_every_log_probability_of_forced_targets_is_the_same(ours, theirs, tokenizer):
    for src, tgt in PAIRS:
        ids = ours.encode([src, tgt])
        batch = Batch.from_ids(ids[:1], ids[1:])
        hidden = ours.model.decode(batch.tgt_in, ours.model.encode(batch.src)).hidden
        log_probs = ours.model.logits(hidden).log_softmax(-1)
        wanted = log_probs.gather(2, batch.tgt_out[..., None])[0, :, 0].tolist()
        pieces = [[theirs.vocabulary[i] for i in side] for side in ids]
        (scored,) = theirs.model.score_batch(pieces[:1], pieces[1:])
        assert scored.log_probs == pytest.approx(wanted, abs=1e-4)


def test_greedy_translations_and_their_scores_are_the_same(ours, theirs):
    same_best(ours, theirs, GREEDY)
    same_best(ours, theirs, DecodingConfig(beam=1, max_length=3, length_penalty=1.5))
    same_best(ours, theirs, DecodingConfig(beam=1, penalty=LengthPenalty.gnmt))


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_a_beam_that_holds_everything_finds_the_same_best(ours, theirs, length_penalty):
    options = DecodingConfig(beam=100, n_best=3, max_length=2, length_penalty=length_penalty)
    same_best(ours, theirs, options)


def test_attention_is_that_of_the_aligning_head(ours, theirs):
    pairs = [tuple(ours.encode(list(pair))) for pair in PAIRS]
    head = ours.aligning_heads[0]
    of_ours = [attention.weights_LHTS[head.layer] for attention in ours.align_ids(pairs)]
    for weights_HTS, found_TS in zip(of_ours, theirs.read(pairs), strict=True):
        wanted = weights_HTS.mean(0) if head.head is None else weights_HTS[head.head]
        assert np.abs(weights_HTS[0] - weights_HTS[1]).max() > 1e-3  # or any head would do
        np.testing.assert_allclose(found_TS, wanted, atol=1e-5)


def test_the_chosen_head_comes_first_and_the_others_keep_their_order():
    config = ModelConfig(width=8, heads=4)
    assert order_of_heads(config, None).tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert order_of_heads(config, 2).tolist() == [4, 5, 0, 1, 2, 3, 6, 7]


@pytest.mark.parametrize("quantization", ["int8", "float16"])
def test_smaller_weights_can_be_read(run, ours, exported, tmp_path, quantization):
    from seq2seq.export.engine import CTranslate2Translator

    export_ctranslate2(run, ours, tmp_path / "small", quantization)
    size = [(folder / "model.bin").stat().st_size for folder in (exported, tmp_path / "small")]
    assert size[1] < 0.7 * size[0]
    small = CTranslate2Translator.load(str(tmp_path / "small"), device="cpu")
    assert all(t.candidates for t in small.translate(SOURCES))


def test_the_embedding_is_stored_once(exported, tokenizer):
    model = tiny_model(len(tokenizer))
    trained = 4 * sum(p.numel() for p in model.parameters())
    assert (exported / "model.bin").stat().st_size < trained + 20_000


def test_an_option_that_ctranslate2_lacks_is_refused_by_name(tokenizer):
    @dataclass(kw_only=True)
    class Newer(ModelConfig):
        gated: bool = option(False, "Gate the feed-forward sublayers.")

    model = tiny_model(len(tokenizer))
    model.config = Newer(**{**vars(model.config), "gated": True})
    with pytest.raises(UserError, match=r"^gated=True cannot be exported to CTranslate2$"):
        build_spec(model, tokenizer.vocabulary(), MEAN)
    model.config = Newer(**{**vars(model.config), "gated": False})
    build_spec(model, tokenizer.vocabulary(), MEAN)
