import io
import warnings

import numpy as np
import pytest

from seq2seq.alignment.weights import CrossAttention
from seq2seq.analysis.plots import heads_figure, mean_figure

SRC = ["▁Hello", ",", "▁how", "▁are", "▁you", "?", "</s>"]
TGT = ["▁Où", "▁est", "▁l'", "œuf", "\u00a0", "«", "▁Ça", "É", "\u202f?", "</s>"]
L, H = 2, 3


@pytest.fixture
def attention():
    weights = np.random.default_rng(0).random((L, H, len(TGT), len(SRC)), dtype=np.float32)
    return CrossAttention(SRC, TGT, weights / weights.sum(-1, keepdims=True))


def labels(ticks):
    return [tick.get_text() for tick in ticks]


def rendered(figure):
    """PNG bytes; a missing glyph is an error."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(file, format="png")
    return file.getvalue()


def test_the_mean_has_a_row_for_each_target_piece_and_a_column_for_each_source_piece(attention):
    axes = mean_figure(attention).axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), attention.mean_TS)
    assert axes.images[0].get_array().shape == (len(TGT), len(SRC))
    assert labels(axes.get_xticklabels()) == SRC
    assert labels(axes.get_yticklabels()) == TGT
    assert list(axes.get_xticks()) == list(range(len(SRC)))
    assert list(axes.get_yticks()) == list(range(len(TGT)))
    assert axes.get_ylim() == (len(TGT) - 0.5, -0.5)  # the first piece is on top
    assert axes.get_xlim() == (-0.5, len(SRC) - 0.5)


def test_the_scale_is_fixed_so_that_pictures_can_be_compared(attention):
    faint = CrossAttention(SRC, TGT, attention.weights_LHTS * 0.1)
    for drawn in (attention, faint):
        for figure in (mean_figure(drawn), heads_figure(drawn)):
            images = [image for axes in figure.axes for image in axes.images]
            assert {image.get_clim() for image in images} == {(0, 1)}


def test_the_heads_are_a_grid_of_blocks_and_heads(attention):
    figure = heads_figure(attention)
    assert len(figure.axes) == L * H
    for number, axes in enumerate(figure.axes):
        block, head = divmod(number, H)
        place = axes.get_subplotspec()
        assert (place.rowspan.start, place.colspan.start) == (block, head)
        assert axes.get_title() == f"block {block + 1}, head {head + 1}"
        shown = axes.images[0].get_array()
        np.testing.assert_array_equal(shown, attention.weights_LHTS[block, head])
    assert labels(figure.axes[-H].get_xticklabels()) == SRC
    assert labels(figure.axes[-H].get_yticklabels()) == TGT


@pytest.mark.parametrize("draw", [mean_figure, heads_figure])
def test_accents_and_the_mark_of_a_word_start_have_glyphs(attention, draw):
    assert rendered(draw(attention, "Où est l'œuf\u00a0?")).startswith(b"\x89PNG")


@pytest.mark.parametrize("draw", [mean_figure, heads_figure])
def test_dollars_are_text_not_formulas(attention, draw):
    pieces = ["$_$", "▁5$", "$^$", "\\$"]
    money = CrossAttention(pieces, pieces, attention.weights_LHTS[:, :, :4, :4])
    assert rendered(draw(money, "from $5_ to $6^"))


def test_a_title_can_be_given(attention):
    assert mean_figure(attention, "step 5").get_suptitle() == "step 5"
    assert heads_figure(attention, "step 5").get_suptitle() == "step 5"


@pytest.mark.parametrize("draw", [mean_figure, heads_figure])
def test_the_smallest_map_can_be_drawn(draw):
    assert rendered(draw(CrossAttention(["</s>"], ["</s>"], np.ones((1, 1, 1, 1), np.float32))))


def test_a_long_pair_gets_a_larger_picture(attention):
    long = CrossAttention(SRC * 5, TGT * 5, np.tile(attention.weights_LHTS, (1, 1, 5, 5)))
    assert np.all(mean_figure(long).get_size_inches() > mean_figure(attention).get_size_inches())
