import pytest

from seq2seq.analysis.explain.sentence_story import tell
from seq2seq.analysis.explain.story import Matrix, Table, fine, percent
from seq2seq.analysis.explain.walk import explain
from seq2seq.translator import Translator
from tests.conftest import PAIRS


@pytest.fixture(scope="module")
def e(run_folder):
    translator = Translator.load(str(run_folder), device="cpu")
    return explain(translator, *PAIRS[0][:1], target=PAIRS[0][1], word="comment", layer=1, head=0)


@pytest.fixture(scope="module")
def story(e):
    return tell(e)


def parts(story, kind):
    return [part for section in story.sections for part in section.parts if isinstance(part, kind)]


def test_every_matrix_has_its_shape_in_letters_and_numbers(e, story):
    shapes = {part.name: part.shape for part in parts(story, Matrix)}
    size = {
        "S": len(e.steps.src), "T": len(e.steps.read), "D": e.memory_SD.shape[1],
        "K": e.steps.head_width,
    }  # fmt: skip
    assert len(shapes) == 11
    for name, shape in shapes.items():
        letters = name[name.rindex("(") + 1 : name.rindex(")")]
        assert shape == "×".join(str(size[letter]) for letter in letters.split("×")), name


def test_matrices_of_the_target_mark_the_followed_row(e, story):
    for matrix in parts(story, Matrix):
        if "(T×" in matrix.name:
            assert matrix.mark == e.steps.row
            assert matrix.rows[matrix.mark].endswith(f"→ {e.prediction.written.piece}")


def test_the_softmax_is_told_number_by_number(e, story):
    table = next(t for t in parts(story, Table) if t.head[1] == "score")
    steps = e.steps.softmax
    for s, (name, *numbers) in enumerate(table.rows):
        assert name == e.steps.src[s]
        of_position = (steps.scores_S, steps.scaled_S, steps.exps_S, steps.weights_S)
        assert numbers == [fine(x[s]) for x in of_position]
    assert table.total[-2:] == [fine(steps.total), "1.0000"]
    assert table.bars == pytest.approx(steps.weights_S.tolist())


def test_a_forced_piece_that_is_no_good_guess_is_shown_with_its_rank(e, story):
    table = next(t for t in parts(story, Table) if t.head[0] == "rank")
    assert e.prediction.rank > 5  # the model is untrained
    assert len(table.rows) == 6
    assert table.rows[-1][:2] == [str(e.prediction.rank), e.prediction.written.piece]
    assert table.mark == 5


def test_every_word_is_hidden_once_and_the_worst_loss_is_marked(e, story):
    table = next(t for t in parts(story, Table) if t.head[0] == "hidden word")
    assert [row[0] for row in table.rows] == ["(none)", *e.src.words]
    assert table.rows[0][2] == percent(e.prediction.written.probability)
    assert table.bars[table.mark] == min(table.bars[1:])
    changes = [float(row[3].replace("−", "-")) / 100 for row in table.rows[1:]]
    wanted = [h.probability - e.prediction.written.probability for h in e.hidden]
    assert changes == pytest.approx(wanted, abs=0.00051)


def test_the_prose_says_what_comes_from_where(story):
    prose = " ".join(parts(story, str))
    assert "Queries come from the decoder" in prose
    assert "Keys and values come from the encoder's final output" in prose
    assert "2 of 2 decoder blocks received exactly these numbers" in prose
    assert "one row of weights over the source per target position" in prose
    assert "masked out of the encoder and of cross-attention both" in prose


def test_whose_translation_it_is_is_said(run_folder, story):
    own = tell(explain(Translator.load(str(run_folder), device="cpu"), PAIRS[0][0]))
    assert "the model's own greedy translation" in own.sections[0].parts[0]
    assert "the translation that was given" in story.sections[0].parts[0]
