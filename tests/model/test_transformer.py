import pytest
import torch
import yaml

from seq2seq.config import ModelConfig, Norm
from seq2seq.data.tokenizer import PAD_ID
from seq2seq.model.transformer import Decoder, Memory, Transformer
from tests.conftest import REPOSITORY, tiny_model

V, D, L, H = 40, 16, 2, 2


@pytest.fixture(params=[Norm.pre, Norm.post], ids=["pre", "post"])
def model(request):
    return tiny_model(V, norm=request.param).double()


def ids(*shape, seed=0):
    return torch.randint(4, V, shape, generator=torch.Generator().manual_seed(seed))


def logits_of(model, src_BS, tgt_BT):
    return model.logits(model(src_BS, tgt_BT).hidden)


def assert_close(a, b, atol=1e-10):
    torch.testing.assert_close(a, b, atol=atol, rtol=0)


@pytest.mark.parametrize("blocks", [(), (0,), (1,), (0, 1)])
def test_a_compiled_model_returns_the_weights_that_are_asked_for(model, blocks):
    compiled = torch.compile(model, dynamic=True, backend="eager")
    src, tgt = ids(2, 6), ids(2, 5, seed=1)
    plain, found = model(src, tgt, blocks), compiled(src, tgt, blocks)
    assert_close(found.hidden, plain.hidden)
    assert (found.cross_attention is None) == (not blocks)
    if blocks:
        assert_close(found.cross_attention, plain.cross_attention)


def test_logits_do_not_depend_on_later_target_tokens(model):
    src, tgt = ids(2, 6), ids(2, 7, seed=1)
    logits = logits_of(model, src, tgt)
    for t in range(1, 7):
        changed = tgt.clone()
        changed[:, t:] = ids(2, 7 - t, seed=9) % (V - 4) + 4
        changed[:, t] = (tgt[:, t] - 3) % (V - 4) + 4
        new = logits_of(model, src, changed)
        assert_close(new[:, :t], logits[:, :t])
        assert not torch.allclose(new[:, t], logits[:, t])


def test_more_source_padding_changes_nothing(model):
    src, tgt = ids(2, 6), ids(2, 5, seed=1)
    padded = torch.cat([src, torch.full((2, 4), PAD_ID)], dim=1)
    assert_close(logits_of(model, padded, tgt), logits_of(model, src, tgt))
    weights = model.decode(tgt, model.encode(padded), weights_of=range(L)).cross_attention
    assert torch.all(weights[..., 6:] == 0)


def test_a_sentence_in_a_batch_equals_the_sentence_alone(model):
    lengths = [(6, 5), (2, 7), (4, 1)]
    src, tgt = torch.full((3, 6), PAD_ID), torch.full((3, 7), PAD_ID)
    for row, (s, t) in enumerate(lengths):
        src[row, :s], tgt[row, :t] = ids(s, seed=row), ids(t, seed=row + 10)
    together = logits_of(model, src, tgt)
    for row, (s, t) in enumerate(lengths):
        alone = logits_of(model, src[row : row + 1, :s], tgt[row : row + 1, :t])
        assert_close(together[row, :t], alone[0])


def test_every_decoder_block_attends_to_the_encoders_final_output(model):
    src, tgt = ids(2, 6), ids(2, 5, seed=1)
    seen = []
    for block in model.decoder.blocks:
        block.cross_attention.register_forward_pre_hook(lambda _, args: seen.append(args[1]))
    memory = model.encode(src)
    model(src, tgt)
    assert len(seen) == L
    for block, keys_values in zip(model.decoder.blocks, seen, strict=True):
        expected = block.cross_attention.keys_values(memory.states)
        assert_close(keys_values.keys, expected.keys)
        assert_close(keys_values.values, expected.values)


@pytest.mark.parametrize("reader", range(L))
def test_gradients_reach_the_memory_through_each_block_alone(model, reader):
    memory = model.encode(ids(2, 6))
    states = memory.states.detach().requires_grad_()
    x = model.embedding(ids(2, 5, seed=1))
    rotation = model.decoder.rotary(0, 5)
    for number, block in enumerate(model.decoder.blocks):
        read = states if number == reader else states.detach()
        x, _ = block(x, rotation, block.cross_attention.keys_values(read), memory.mask)
    x.square().sum().backward()
    assert torch.all(states.grad.abs().sum(dim=-1) > 0)


def test_another_memory_changes_the_weights_of_every_block(model):
    tgt = ids(2, 5, seed=1)
    one, other = (
        model.decode(tgt, model.encode(ids(2, 6, seed=seed)), weights_of=range(L)).cross_attention
        for seed in (0, 5)
    )
    assert torch.all((one - other).abs().amax(dim=(1, 2, 3, 4)) > 1e-3)


def test_cross_attention_has_a_distribution_for_every_block_head_and_position(model):
    decoded = model.decode(ids(3, 5, seed=1), model.encode(ids(3, 6)), weights_of=range(L))
    assert decoded.cross_attention.shape == (L, 3, H, 5, 6)
    assert decoded.hidden.shape == (3, 5, D)
    torch.testing.assert_close(decoded.cross_attention.sum(-1), torch.ones(L, 3, H, 5))


def test_asking_for_weights_does_not_change_the_hidden_states(model):
    tgt, memory = ids(3, 5, seed=1), model.encode(ids(3, 6))
    plain, seen = model.decode(tgt, memory), model.decode(tgt, memory, weights_of=range(L))
    assert plain.cross_attention is None
    assert_close(plain.hidden, seen.hidden, atol=1e-5)  # weights are float32


def test_cached_steps_equal_the_full_forward_pass_position_by_position(model):
    src, tgt = ids(3, 6), ids(3, 7, seed=1)
    src[1, 3:] = PAD_ID
    logits = logits_of(model, src, tgt)
    state = model.start(src, 1, 7)
    for t in range(7):
        assert_close(model.step(tgt[:, t : t + 1], state)[:, 0], logits[:, t])


def test_cached_steps_equal_the_full_pass_after_beams_are_reordered_and_sentences_kept(model):
    sentences, beams, length = 4, 3, 8
    src = ids(sentences, 6)
    src[2, 4:] = PAD_ID
    rng = torch.Generator().manual_seed(3)
    state = model.start(src, beams, length)
    prefixes = torch.empty(sentences, beams, 0, dtype=torch.int64)
    kept = {2: torch.tensor([0, 2, 3]), 5: torch.tensor([1, 2])}
    for t in range(length):
        last = torch.randint(4, V, prefixes.shape[:2], generator=rng)
        prefixes = torch.cat([prefixes, last[..., None]], dim=2)
        logits = model.step(last, state)
        for beam in range(beams):
            assert_close(logits[:, beam], logits_of(model, src, prefixes[:, beam])[:, -1])
        if t in kept:
            state.keep(kept[t])
            src, prefixes = src[kept[t]], prefixes[kept[t]]
        parents = torch.randint(beams, prefixes.shape[:2], generator=rng)
        state.reorder(parents)
        prefixes = prefixes.gather(1, parents[..., None].expand_as(prefixes))


def test_the_memory_is_projected_once_a_sentence_not_once_a_beam(model):
    state = model.start(ids(3, 6), 5, 4)
    assert [kv.keys.shape for kv in state.memory] == [(3, H, 6, D // H)] * L
    assert [len(cache.keys_NHSK) for cache in state.past] == [3] * L


def test_a_beam_sees_the_cells_of_its_ancestors_only(model):
    state = model.start(ids(1, 6), 3, 4)
    model.step(ids(1, 3), state)
    state.reorder(torch.tensor([[2, 2, 0]]))
    model.step(ids(1, 3), state)
    state.reorder(torch.tensor([[0, 2, 1]]))
    expected = [[0, 0, 1, 1, 0, 0], [1, 0, 0, 0, 0, 1], [0, 0, 1, 0, 1, 0]]
    assert state.ancestry.int().tolist() == [expected]


def test_a_new_models_blocks_are_the_identity():
    config = ModelConfig(width=16, heads=2, ffn_width=32, dropout=0.0)
    model = Transformer(config, V, PAD_ID)
    src, tgt = ids(2, 6), ids(2, 5, seed=1)
    assert_close(model.encode(src).states, model.encoder.norm(model.embedding(src)), atol=0)
    assert_close(model(src, tgt).hidden, model.decoder.norm(model.embedding(tgt)), atol=0)


def test_one_vocabulary_matrix_serves_source_target_and_output(model):
    assert [name for name, p in model.named_parameters() if V in p.shape] == [
        "embedding.pieces.weight"
    ]
    hidden = torch.randn(2, D, dtype=torch.float64)
    assert_close(model.logits(hidden), hidden @ model.embedding.pieces.weight.T)


def test_a_decoder_reads_a_memory_of_another_width():
    torch.manual_seed(0)
    config = ModelConfig(width=16, heads=2, ffn_width=32, decoder_layers=2, dropout=0.0)
    decoder = Decoder(config, memory_width=24).double()
    x = torch.randn(2, 5, 16, dtype=torch.float64)
    mask = torch.ones(2, 1, 1, 9, dtype=torch.bool)
    mask[1, ..., 4:] = False
    memory = Memory(torch.randn(2, 9, 24, dtype=torch.float64), mask)
    decoded = decoder(x, memory, weights_of=range(L))
    assert decoded.hidden.shape == (2, 5, 16)
    assert decoded.cross_attention.shape == (2, 2, 2, 5, 9)
    state = decoder.start(memory, 1, 5)
    for t in range(5):
        assert_close(decoder.step(x[:, t : t + 1], state)[:, 0], decoder(x, memory).hidden[:, t])


def test_the_longest_sequence_fits(model):
    assert torch.isfinite(logits_of(model, ids(1, 64), ids(1, 64, seed=1))).all()


@pytest.mark.parametrize("side", ["source", "target"])
def test_the_order_of_words_matters_on_both_sides(model, side):
    sentence, other = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[9, 10, 11]])
    swapped = sentence[:, [1, 0, 2, 3]]
    one, two = (
        logits_of(model, *((words, other) if side == "source" else (other, words)))[0, -1]
        for words in (sentence, swapped)
    )
    assert (one - two).abs().max() > 1e-4


def test_every_parameter_gets_a_gradient(model):
    model.train()
    logits_of(model, ids(3, 6), ids(3, 5, seed=1)).logsumexp(-1).sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_the_small_model_has_about_seven_million_parameters():
    options = yaml.safe_load((REPOSITORY / "configs/model/small.yaml").read_text("utf-8"))
    model = Transformer(ModelConfig(**options), 6000, PAD_ID)
    assert sum(p.numel() for p in model.parameters()) / 1e6 == pytest.approx(7.07, abs=0.01)
