import itertools

import numpy as np
import pytest
import torch

from seq2seq.alignment.weights import AligningHead, Reading
from seq2seq.analysis.explain.walk import explain
from seq2seq.config import DecodingConfig
from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import EOS_ID
from seq2seq.errors import UserError
from seq2seq.model.attention import KeyValues
from seq2seq.model.rotary import Rotation
from seq2seq.model.transformer import Memory
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SRC, TGT = PAIRS[0]
BLOCKS_AND_HEADS = list(itertools.product(range(2), range(2)))


@pytest.fixture(scope="module")
def translator(run_folder):
    return Translator.load(str(run_folder), device="cpu")


@pytest.fixture(scope="module")
def batch(translator):
    return Batch.from_ids(translator.encode([SRC]), translator.encode([TGT]))


@pytest.fixture(scope="module")
def found(translator):
    """Every block and head of the first pair, for "comment"."""
    return {
        place: explain(
            translator, SRC, target=TGT, word="comment", layer=place[0], head=place[1]
        )
        for place in BLOCKS_AND_HEADS
    }  # fmt: skip


@pytest.fixture(scope="module")
def predicted(translator, batch):
    """What the model itself says of the pair."""
    with torch.inference_mode():
        return translator.model(batch.src, batch.tgt_in, weights_of=range(2))


@pytest.mark.parametrize("place", BLOCKS_AND_HEADS)
def test_the_weights_are_those_of_the_model(found, predicted, place):
    layer, head = place
    theirs = predicted.cross_attention[layer, 0, head].numpy()
    np.testing.assert_allclose(found[place].steps.weights_TS, theirs, atol=1e-6)
    np.testing.assert_array_equal(found[place].model_weights_TS, theirs)
    row = found[place].steps.row
    np.testing.assert_allclose(found[place].steps.softmax.weights_S, theirs[row], atol=1e-6)


@pytest.mark.parametrize("place", BLOCKS_AND_HEADS)
def test_the_heads_output_is_its_share_of_what_the_model_projects(found, place):
    e, head = found[place], place[1]
    width = e.steps.head_width
    mine = e.stream.joined_TD[:, head * width : (head + 1) * width]
    np.testing.assert_allclose(mine, e.steps.output_TK, atol=1e-5)


def test_every_shape_is_what_its_letters_say(translator, found, batch):
    config = translator.model.config
    s, t, d = batch.src.shape[1], batch.tgt_in.shape[1], config.width
    k = d // config.heads
    for e in found.values():
        assert e.memory_SD.shape == (s, d)
        assert e.steps.queries_TK.shape == e.steps.output_TK.shape == (t, k)
        assert e.steps.keys_SK.shape == e.steps.values_SK.shape == (s, k)
        assert e.steps.scores_TS.shape == e.steps.weights_TS.shape == (t, s)
        assert e.written_TT.shape == (t, t)
        assert e.stream.projected_TD.shape == e.stream.left_TD.shape == (t, d)
        assert len(e.steps.read) == len(e.steps.predicted) == t
        assert e.steps.read[1:] == e.steps.predicted[:-1]
    assert t != s


@torch.inference_mode()
def test_the_memory_is_the_encoders_output_and_every_block_receives_it(translator, found, batch):
    states = translator.model.encode(batch.src).states[0].numpy()
    for e in found.values():
        np.testing.assert_array_equal(e.memory_SD, states)
        assert e.same_memory == [True, True]


@torch.inference_mode()
def test_keys_and_values_come_from_the_memory_alone(translator, found):
    for (layer, head), e in found.items():
        cross = translator.model.decoder.blocks[layer].cross_attention
        memory = cross.keys_values(torch.from_numpy(e.memory_SD)[None])
        torch.testing.assert_close(torch.from_numpy(e.steps.keys_SK), memory.keys[0, head])
        torch.testing.assert_close(torch.from_numpy(e.steps.values_SK), memory.values[0, head])


def test_a_block_that_received_something_else_would_be_told(translator, monkeypatch):
    cross = translator.model.decoder.blocks[1].cross_attention

    def elsewhere(memory_BSM):
        heads = [cross._split(part(memory_BSM + 1)) for part in (cross.key, cross.value)]
        return KeyValues(*heads)

    monkeypatch.setattr(cross, "keys_values", elsewhere)
    assert explain(translator, SRC, target=TGT).same_memory == [True, False]


def test_self_attention_is_causal(found):
    for e in found.values():
        np.testing.assert_array_equal(e.written_TT, np.tril(e.written_TT))
        np.testing.assert_allclose(e.written_TT.sum(axis=1), 1, atol=1e-6)


@torch.inference_mode()
def test_the_last_blocks_output_leads_to_the_logits_and_the_first_ones_to_the_last(
    translator, found, predicted
):
    model = translator.model
    left = torch.from_numpy(found[1, 0].stream.left_TD)
    torch.testing.assert_close(
        model.logits(model.decoder.norm(left)), model.logits(predicted.hidden[0])
    )
    np.testing.assert_array_equal(found[0, 0].stream.left_TD, found[1, 0].stream.entered_TD)


@torch.inference_mode()
def test_probabilities_are_the_softmax_of_the_logits(translator, found, predicted, batch):
    e = found[1, 0]
    row, p = e.steps.row, e.prediction
    probabilities_V = translator.model.logits(predicted.hidden[0, row]).softmax(dim=-1)
    assert p.vocab_size == len(translator.tokenizer) == len(probabilities_V)
    assert p.written.piece == translator.tokenizer.pieces(batch.tgt_out[0].tolist())[row]
    assert p.written.probability == pytest.approx(float(probabilities_V[batch.tgt_out[0, row]]))
    ordered = probabilities_V.sort(descending=True)
    assert [g.piece for g in p.guesses] == translator.tokenizer.pieces(ordered.indices[:5].tolist())
    assert [g.probability for g in p.guesses] == pytest.approx(ordered.values[:5].tolist())
    assert ordered.indices[p.rank - 1] == batch.tgt_out[0, row]


def encoded_at(encoder, x_BSD, stay):
    """What the encoder makes of some positions, when the others are not there."""
    whole = encoder.rotary(0, x_BSD.shape[1])
    rotation = Rotation(whole.cos_TK[stay], whole.sin_TK[stay])
    mask = torch.ones(1, 1, 1, len(stay), dtype=torch.bool)
    x_BSD = x_BSD[:, stay]
    for block in encoder.blocks:
        x_BSD = block(x_BSD, rotation, mask)
    return encoder.norm(x_BSD)


@torch.inference_mode()
def test_a_hidden_word_is_as_if_its_positions_were_not_there(translator, found, batch):
    """Removed, with the others' positions kept, rather than masked."""
    e, model = found[1, 0], translator.model
    assert [h.word for h in e.hidden] == ["Hello", ",", "how", "are", "you", "?"]
    for number, hidden in enumerate(e.hidden):
        gone = e.src.pieces_of(number)
        stay = [s for s in range(batch.src.shape[1]) if s not in gone]
        seen = torch.ones(1, 1, 1, len(stay), dtype=torch.bool)
        states = encoded_at(model.encoder, model.embedding(batch.src), stay)
        decoded = model.decode(batch.tgt_in, Memory(states, seen)).hidden[0, e.steps.row]
        probability = model.logits(decoded).softmax(dim=-1)[batch.tgt_out[0, e.steps.row]]
        assert hidden.probability == pytest.approx(float(probability), rel=1e-4)
        assert hidden.weight == pytest.approx(e.steps.weights_TS[e.steps.row, gone].sum())
    assert len({h.probability for h in e.hidden}) == len(e.hidden)


def test_the_row_is_the_one_that_predicts_the_words_first_piece(translator):
    for word in ("Bonjour", "COMMENT", "allez-vous", "?"):
        e = explain(translator, SRC, target=TGT, word=word)
        assert e.word.lower() == word.lower()
        rest = "".join(e.steps.predicted[e.steps.row : -1]).replace("▁", "").replace("\u00a0", "")
        assert rest.lower().startswith(word.lower())


def test_the_first_word_with_letters_is_followed_by_default(translator):
    assert explain(translator, SRC, target=TGT).word == "Bonjour"
    assert explain(translator, SRC, target="«\u00a0oui\u00a0»").word == "oui"
    assert explain(translator, SRC, target="3,50").word == "3,50"


def test_without_a_target_the_models_own_greedy_translation_is_taken(translator):
    own = translator.translate([SRC], DecodingConfig(beam=1))[0].candidates[0]
    e = explain(translator, SRC)
    assert (e.tgt.text, e.tgt.ids, e.forced) == (own.text, own.ids, False)
    assert explain(translator, SRC, target=TGT).forced


@pytest.mark.parametrize("aligning", [(0, 1), (1, 0)])
def test_the_first_aligning_head_is_the_default(translator, monkeypatch, aligning):
    heads = [AligningHead(Reading.input, *aligning), AligningHead(Reading.output, 0, 0)]
    monkeypatch.setattr(translator, "aligning_heads", heads)
    e = explain(translator, SRC, target=TGT)
    assert (e.layer, e.head) == aligning


@pytest.mark.parametrize("word", ["Bonjour", "comment", "allez-vous"])
@pytest.mark.parametrize("layer", [0, 1])
def test_of_a_blocks_mean_the_sharpest_head_of_the_row_is_shown(
    translator, monkeypatch, predicted, word, layer
):
    monkeypatch.setattr(translator, "aligning_heads", [AligningHead(Reading.output, layer)])
    e = explain(translator, SRC, target=TGT, word=word)
    w_HS = predicted.cross_attention[layer, 0, :, e.steps.row]
    entropies = torch.special.entr(w_HS).sum(dim=-1)
    assert (e.layer, e.head) == (layer, int(entropies.argmin()))


def test_what_cannot_be_followed_is_refused(translator):
    for arguments, said in [
        ({"text": ""}, "the sentence is empty"),
        ({"text": " \u200b "}, "the sentence is empty"),
        ({"text": SRC, "target": " "}, "the target is empty"),
        ({"text": SRC, "target": TGT, "word": "gare"}, "no word 'gare'.* Bonjour , comment"),
        ({"text": SRC, "target": "oui " * 99}, "the model reads at most"),
        ({"text": SRC, "layer": 2}, "no such block: the model has blocks 1 to 2"),
        ({"text": SRC, "layer": -1}, "no such block"),
        ({"text": SRC, "head": 2}, "no such head: the model has heads 1 to 2"),
    ]:
        with pytest.raises(UserError, match=said) as error:
            explain(translator, **arguments)
        assert "\n" not in str(error.value)


def test_an_empty_translation_is_refused(translator, monkeypatch):
    only_end = 9.0 * torch.eye(len(translator.tokenizer))[EOS_ID][None, None]
    monkeypatch.setattr(translator.model, "step", lambda *_: only_end)
    with pytest.raises(UserError, match="--target"):
        explain(translator, SRC)
