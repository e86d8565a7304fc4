import pytest
import torch
from torch import nn

from seq2seq.model.attention import KeyValueCache, KeyValues, MultiHeadAttention, attend


def random_attention(b=2, h=3, t=4, s=5, k=6, seed=0):
    """Queries, and keys and values, in float64 so that equality can be strict."""
    rng = torch.Generator().manual_seed(seed)
    q, keys, values = (
        torch.randn(b, h, length, k, generator=rng, dtype=torch.float64) for length in (t, s, s)
    )
    return q, KeyValues(keys, values)


def padding_mask(lengths, s):
    return (torch.arange(s) < torch.tensor(lengths)[:, None])[:, None, None]


def random_mask(*shape, seed=0):
    """Every query may attend to something."""
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    mask[..., 0] = True
    return mask


def assert_close(a, b, atol=1e-6):
    torch.testing.assert_close(a, b, atol=atol, rtol=0, check_dtype=False)


@pytest.mark.parametrize("seed", range(5))
def test_both_paths_are_equal_without_a_mask_for_any_shape(seed):
    b, h, t, s, k = torch.randint(1, 8, (5,), generator=torch.Generator().manual_seed(seed))
    q, memory = random_attention(b, h, t, s, k, seed)
    fused, opened = attend(q, memory), attend(q, memory, need_weights=True)
    assert fused.weights is None
    assert fused.output.shape == opened.output.shape == (b, h, t, k)
    assert opened.weights.shape == (b, h, t, s)
    assert_close(fused.output, opened.output)


@pytest.mark.parametrize(
    "mask",
    [padding_mask([5, 2], 5), random_mask(2, 1, 4, 5), random_mask(2, 3, 4, 5)],
    ids=["B11S", "B1TS", "BHTS"],
)
def test_both_paths_are_equal_under_masks(mask):
    q, memory = random_attention()
    opened = attend(q, memory, mask=mask, need_weights=True)
    assert_close(attend(q, memory, mask=mask).output, opened.output)


def test_both_paths_are_equal_and_causal():
    q, memory = random_attention(t=5, s=5)
    opened = attend(q, memory, causal=True, need_weights=True)
    assert_close(attend(q, memory, causal=True).output, opened.output)
    assert torch.all(opened.weights.triu(1) == 0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_weights_are_float32_distributions_that_are_zero_where_masked(dtype):
    q, memory = random_attention()
    memory = KeyValues(memory.keys.to(dtype), memory.values.to(dtype))
    mask = random_mask(2, 1, 4, 5)
    attended = attend(q.to(dtype), memory, mask=mask, need_weights=True)
    assert attended.weights.dtype == torch.float32
    assert attended.output.dtype == dtype
    assert_close(attended.weights.sum(-1), torch.ones(2, 3, 4))
    assert torch.all(attended.weights[~mask.expand(2, 3, 4, 5)] == 0)
    assert torch.all(attended.weights >= 0)


@pytest.mark.parametrize("need_weights", [False, True])
def test_a_query_with_nothing_to_attend_gets_zeros(need_weights):
    q, memory = random_attention()
    mask = torch.ones(2, 1, 4, 5, dtype=torch.bool)
    mask[1, :, 2] = False
    attended = attend(q, memory, mask=mask, need_weights=need_weights)
    assert torch.all(attended.output[1, :, 2] == 0)
    assert torch.isfinite(attended.output).all()
    assert torch.all(attended.output[0] != 0)


@pytest.mark.parametrize("need_weights", [False, True])
def test_gradients_are_finite_where_a_query_has_nothing_to_attend(need_weights):
    q, memory = random_attention()
    leaves = [q, memory.keys, memory.values]
    for leaf in leaves:
        leaf.requires_grad_()
    mask = torch.ones(2, 1, 4, 5, dtype=torch.bool)
    mask[1, :, 2] = False
    mask[0] = False
    attend(q, memory, mask=mask, need_weights=need_weights).output.square().sum().backward()
    for leaf in leaves:
        assert torch.isfinite(leaf.grad).all()
        assert torch.all(leaf.grad[0] == 0)
    assert torch.all(q.grad[1, :, 2] == 0)


def test_weights_are_those_before_dropout():
    q, memory = random_attention(s=50)
    sure = attend(q, memory, need_weights=True)
    torch.manual_seed(0)
    dropped = attend(q, memory, dropout=0.5, need_weights=True)
    torch.testing.assert_close(dropped.weights, sure.weights, atol=0, rtol=0)
    assert not torch.allclose(dropped.output, sure.output)


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    attention = MultiHeadAttention(12, 3, dropout=0.5)
    x = torch.randn(2, 5, 12)
    memory = attention.keys_values(x)
    first, second = attention(x, memory).output, attention(x, memory).output
    assert not torch.allclose(first, second)
    attention.eval()
    assert torch.equal(attention(x, memory).output, attention(x, memory).output)


def reference_of(ours, width, heads, memory_width):
    """PyTorch's own module with the weights of ours."""
    theirs = nn.MultiheadAttention(
        width, heads, kdim=memory_width, vdim=memory_width, batch_first=True, dtype=torch.float64
    )
    projections = [ours.query, ours.key, ours.value]
    with torch.no_grad():
        if memory_width == width:
            theirs.in_proj_weight.copy_(torch.cat([p.weight for p in projections]))
        else:
            names = ["q_proj_weight", "k_proj_weight", "v_proj_weight"]
            for name, projection in zip(names, projections, strict=True):
                getattr(theirs, name).copy_(projection.weight)
        for projection in projections:
            nn.init.normal_(projection.bias)
        theirs.in_proj_bias.copy_(torch.cat([p.bias for p in projections]))
        theirs.out_proj.weight.copy_(ours.output.weight)
        theirs.out_proj.bias.copy_(ours.output.bias)
    return theirs


@pytest.mark.parametrize("need_weights", [False, True])
def test_self_attention_equals_pytorchs(need_weights):
    torch.manual_seed(0)
    ours = MultiHeadAttention(12, 3).double()
    theirs = reference_of(ours, 12, 3, 12)
    x = torch.randn(2, 5, 12, dtype=torch.float64)
    attended = ours(x, ours.keys_values(x), causal=True, need_weights=need_weights)
    blocked = ~torch.ones(5, 5, dtype=torch.bool).tril()
    output, weights = theirs(x, x, x, attn_mask=blocked, average_attn_weights=False)
    assert_close(attended.output, output)
    if need_weights:
        assert_close(attended.weights, weights)


@pytest.mark.parametrize("memory_width", [12, 20])
@pytest.mark.parametrize("need_weights", [False, True])
def test_cross_attention_equals_pytorchs_for_a_memory_of_any_width(memory_width, need_weights):
    torch.manual_seed(0)
    ours = MultiHeadAttention(12, 3, memory_width=memory_width).double()
    theirs = reference_of(ours, 12, 3, memory_width)
    x = torch.randn(2, 4, 12, dtype=torch.float64)
    memory = torch.randn(2, 7, memory_width, dtype=torch.float64)
    mask = padding_mask([7, 3], 7)
    attended = ours(x, ours.keys_values(memory), mask=mask, need_weights=need_weights)
    output, weights = theirs(
        x, memory, memory, key_padding_mask=~mask[:, 0, 0], average_attn_weights=False
    )
    assert attended.output.shape == x.shape  # as long as the queries, not as the memory
    assert_close(attended.output, output)
    if need_weights:
        assert_close(attended.weights, weights)


def test_the_cache_returns_what_was_appended():
    rng = torch.Generator().manual_seed(0)
    beams = 2
    keys, values = torch.randn(2, 4, 3, 5 * beams, 2, generator=rng, dtype=torch.float64)
    cache = KeyValueCache(4, 3, 7 * beams, 2, like=keys)
    for end in range(beams, 5 * beams + 1, beams):
        new = slice(end - beams, end)
        held = cache.append(KeyValues(keys[:, :, new], values[:, :, new]))
        assert cache.length == end
        assert torch.equal(held.keys, keys[:, :, :end])
        assert torch.equal(held.values, values[:, :, :end])


def test_the_cache_keeps_sentences_and_goes_on_from_them():
    rng = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 4, 3, 1, 2, generator=rng)
    cache = KeyValueCache(4, 3, 7, 2, like=first)
    cache.append(KeyValues(first, -first))
    sentences = torch.tensor([0, 2, 3])
    cache.keep(sentences)
    held = cache.append(KeyValues(second[:3], -second[:3]))
    assert torch.equal(held.keys, torch.cat([first[sentences], second[:3]], dim=2))
    assert torch.equal(held.values, -held.keys)


def test_selected_keys_and_values_are_those_of_the_rows():
    _, memory = random_attention(b=4)
    rows = torch.tensor([2, 2, 0])
    assert torch.equal(memory.select(rows).keys, memory.keys[rows])
    assert torch.equal(memory.select(rows).values, memory.values[rows])
