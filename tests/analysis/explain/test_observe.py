import pytest
import torch

from seq2seq.analysis.explain.observe import block_parts, causal_map, recorded, stream
from seq2seq.config import Norm
from tests.conftest import tiny_model

SRC = torch.tensor([[5, 6, 7, 8, 3]])
TGT = torch.tensor([[2, 9, 10, 11]])


@pytest.fixture(params=list(Norm))
def seen(request):
    """A model, what passed through its second decoder block, and that block."""
    model = tiny_model(norm=request.param)
    block = model.decoder.blocks[1]
    with torch.inference_mode(), recorded(block_parts(model.decoder.blocks)) as calls:
        model(SRC, TGT)
    return model, block, calls


@torch.inference_mode()
def test_the_recorded_sums_are_those_of_the_block(seen):
    model, block, calls = seen
    passed = stream(block, calls)
    x = torch.from_numpy(passed.entered_TD)[None]
    memory = block.cross_attention.keys_values(model.encode(SRC).states)
    real = torch.ones(1, 1, 1, SRC.shape[1], dtype=torch.bool)
    rotation = model.decoder.rotary(0, x.shape[1])
    torch.testing.assert_close(
        block(x, rotation, memory, real)[0][0], torch.from_numpy(passed.left_TD)
    )
    after_cross = torch.from_numpy(passed.after_cross_TD)
    fed = block.feed_forward(block.around_ffn.enter(after_cross))
    torch.testing.assert_close(fed, torch.from_numpy(passed.fed_TD))
    torch.testing.assert_close(block.around_ffn.leave(after_cross, fed),
                               torch.from_numpy(passed.left_TD))  # fmt: skip
    inner = torch.from_numpy(passed.inner_TF)
    assert inner.shape == (TGT.shape[1], model.config.ffn_width)
    assert (inner >= 0).all()
    torch.testing.assert_close(block.feed_forward.outer(inner), fed)


@torch.inference_mode()
def test_cross_attention_adds_the_projection_of_all_heads_for_each_target_position(seen):
    model, block, calls = seen
    passed = stream(block, calls)
    after_self = torch.from_numpy(passed.after_self_TD)[None]
    memory = block.cross_attention.keys_values(model.encode(SRC).states)
    read = block.cross_attention(block.around_cross.enter(after_self), memory).output[0]
    assert passed.projected_TD.shape == (TGT.shape[1], model.config.width)
    torch.testing.assert_close(torch.from_numpy(passed.projected_TD), read)
    joined = torch.from_numpy(passed.joined_TD)
    torch.testing.assert_close(block.cross_attention.output(joined), read)


@torch.inference_mode()
def test_the_causal_map_is_the_one_by_which_the_block_mixed_its_values(seen):
    model, block, calls = seen
    attention, heads = block.self_attention, model.config.heads
    values_TD = attention.value(calls[attention.query].input)[0]
    values = values_TD.unflatten(-1, (heads, -1)).unbind(1)
    maps = [torch.from_numpy(causal_map(model.decoder, 1, calls, head)) for head in range(heads)]
    mixed_TD = torch.cat([map_TT @ v for map_TT, v in zip(maps, values, strict=True)], dim=-1)
    torch.testing.assert_close(mixed_TD, calls[attention.output].input[0])


@torch.inference_mode()
def test_nothing_above_the_diagonal_of_self_attention_has_weight(seen):
    model, _, calls = seen
    maps = [torch.from_numpy(causal_map(model.decoder, 1, calls, head)) for head in range(2)]
    for map_TT in maps:
        assert torch.equal(map_TT, map_TT.tril())
        torch.testing.assert_close(map_TT.sum(dim=-1), torch.ones(len(map_TT)))
        assert (map_TT.diagonal() > 0).all()
    assert not torch.allclose(*maps)


def test_no_hook_stays_behind_even_after_an_error():
    model = tiny_model()
    parts = block_parts(model.decoder.blocks)
    with recorded(parts):
        assert all(part._forward_hooks for part in parts)
    assert not any(part._forward_hooks for part in parts)
    with pytest.raises(IndexError), recorded(parts):
        model(SRC, TGT + 99)  # ids that are not in the vocabulary
    assert not any(part._forward_hooks for part in parts)
