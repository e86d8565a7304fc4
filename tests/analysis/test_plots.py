import io
import warnings
from itertools import pairwise

import numpy as np
import pytest

from seq2seq.alignment.links import argmax_links
from seq2seq.alignment.weights import Alignment, CrossAttention, Reading
from seq2seq.analysis.alignment_error import AlignmentErrors
from seq2seq.analysis.plots import (
    Panel,
    errors_figure,
    heads_figure,
    mean_figure,
    panels_figure,
    words_figure,
)

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


def aligned(src_words, tgt_words):
    size = (len(tgt_words), len(src_words) + 1)
    weights = np.random.default_rng(0).random(size, dtype=np.float32)
    weights /= weights.sum(-1, keepdims=True)
    return Alignment(src_words, tgt_words, weights, argmax_links(weights[:, :-1]))


def table_of_errors(blocks=2, heads=3):
    rng = np.random.default_rng(0)
    rates = {reading: rng.random((blocks, heads + 1)) for reading in Reading}
    rates[Reading.output][0, 0] = 1.0
    return AlignmentErrors(rates, [], 0.1)


LONG_SRC = ("The grandmother of my neighbors never sleeps , says she . " * 5).split()
LONG_TGT = ("La grand-mère de mes voisins ne dort jamais , dit-elle . " * 4).split()
DRAWN = {
    "short words": lambda: words_figure(aligned(["Hi", "!"], ["Salut", "!"])),
    "a few words": lambda: words_figure(aligned(LONG_SRC[:11], LONG_TGT[:11])),
    "long names": lambda: words_figure(aligned(["antidisestablishment"], ["anticonstitutionnel"])),
    "a long sentence": lambda: words_figure(aligned(LONG_SRC, LONG_TGT), " ".join(LONG_SRC)),
    "a very long sentence": lambda: words_figure(aligned(LONG_SRC * 2, LONG_TGT), "step 5"),
    "few errors": lambda: errors_figure(table_of_errors(1, 1)),
    "errors": lambda: errors_figure(table_of_errors(4, 4), "step 5"),
    "many errors": lambda: errors_figure(table_of_errors(12, 16), "step 5"),
}


def test_words_have_rows_and_columns_and_the_end_has_the_last_column():
    alignment = aligned(["How", "are", "you", "?"], ["Comment", "allez-vous", "?"])
    axes = words_figure(alignment).axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), alignment.weights_TS)
    assert labels(axes.get_xticklabels()) == ["How", "are", "you", "?", "</s>"]
    assert labels(axes.get_yticklabels()) == ["Comment", "allez-vous", "?"]
    assert axes.get_ylim() == (2.5, -0.5)
    assert axes.images[0].get_clim() == (0, 1)


@pytest.mark.parametrize("src", [["Hello", "!"], []])
def test_an_empty_translation_can_be_drawn(src):
    assert rendered(words_figure(aligned(src, [])))


def test_errors_have_a_panel_for_each_reading_and_a_percentage_in_each_cell():
    errors = table_of_errors()
    figure = errors_figure(errors, "step 5")
    assert [axes.get_title() for axes in figure.axes] == ["output reading", "input reading"]
    assert "percent" in figure.get_suptitle()
    assert "step 5" in figure.get_suptitle()
    for axes, reading in zip(figure.axes, Reading, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), errors.rates[reading])
        assert axes.images[0].get_clim() == (0, 1)
        assert labels(axes.get_xticklabels()) == ["1", "2", "3", "mean"]
        assert labels(axes.get_yticklabels()) == ["1", "2"]
        written = {text.get_position(): text.get_text() for text in axes.texts}
        assert written == {
            (head, block): f"{100 * rate:.0f}"
            for (block, head), rate in np.ndenumerate(errors.rates[reading])
        }


@pytest.mark.parametrize("name", DRAWN)
def test_no_name_overlaps_its_neighbor_and_all_are_inside_the_picture(name):
    figure = DRAWN[name]()
    assert rendered(figure)
    outside = [figure._suptitle]
    for axes in figure.axes:
        names = axes.get_xticklabels(), axes.get_yticklabels(), axes.texts
        for texts in names:
            boxes = [text.get_window_extent() for text in texts if text.get_text()]
            assert not any(a.overlaps(b) for a, b in pairwise(boxes))
            outside.extend(texts)
        outside += [axes.xaxis.label, axes.yaxis.label, axes.title]
    for text in outside:
        box = text.get_window_extent()
        assert 0 <= box.x0 <= box.x1 <= figure.bbox.x1, text
        assert 0 <= box.y0 <= box.y1 <= figure.bbox.y1, text


def test_the_heads_of_a_very_long_pair_stay_small_enough_to_be_drawn():
    pieces = ["▁a"] * 300
    weights = np.full((1, 4, 1, 300), 1 / 300, np.float32)
    figure = heads_figure(CrossAttention(pieces, pieces[:1], weights))
    assert np.all(figure.get_size_inches() < 120)


def test_maps_side_by_side_keep_their_own_names(attention):
    left = Panel("left", attention.weights_LHTS[0, 0], SRC, TGT)
    right = Panel("right", attention.weights_LHTS[0, 0].T, TGT, SRC)
    figure = panels_figure([left, right], "both")
    for axes, panel in zip(figure.axes, (left, right), strict=True):
        assert axes.get_title() == panel.title
        assert [label.get_text() for label in axes.get_xticklabels()] == panel.columns
        assert [label.get_text() for label in axes.get_yticklabels()] == panel.rows
        np.testing.assert_array_equal(axes.images[0].get_array(), panel.weights_TS)
