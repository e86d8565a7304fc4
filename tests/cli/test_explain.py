import pytest

from seq2seq.cli.main import main
from tests.conftest import PAIRS

SRC, TGT = PAIRS[0]


@pytest.fixture
def seq2seq(monkeypatch, capsys, run_folder):
    """Run the command with the untrained run: exit code, output, errors."""

    def call(*arguments, run=True):
        where = ["--run", str(run_folder), "--device", "cpu"] if run else []
        monkeypatch.setattr("sys.argv", ["seq2seq", "explain", *where, *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def test_a_sentence_is_walked_through(seq2seq):
    code, out, err = seq2seq(SRC)
    assert (code, err) == (0, "")
    assert "12. Hide a word, and see" in out


def test_blocks_and_heads_are_counted_from_1(seq2seq):
    _, out, _ = seq2seq(SRC, "--target", TGT, "--word", "Comment", "--layer", 2, "--head", 1)
    assert "Follow “comment” through decoder block 2 of 2, cross-attention head 1 of 2" in " ".join(
        out.split()
    )


def test_the_toy_needs_no_run(seq2seq, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = seq2seq("--toy", run=False)
    assert (code, err) == (0, "")
    assert "“the black cat” → “le chat noir”" in out


def test_the_page_replaces_an_older_one_and_nothing_else_is_left(seq2seq, tmp_path):
    page = tmp_path / "walk.html"
    page.write_text("<!doctype html>\n<!-- seq2seq explain -->\nold")
    code, out, _ = seq2seq(SRC, "--target", TGT, "--html", page)
    assert code == 0
    assert str(page) in out
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [page]


def test_a_file_that_is_no_page_of_ours_is_kept(seq2seq, tmp_path):
    mine = tmp_path / "mine.html"
    mine.write_text("precious")
    code, _, err = seq2seq("--toy", "--html", mine, run=False)
    assert (code, err.count("\n")) == (2, 1)
    assert mine.read_text() == "precious"


def test_the_page_is_written_where_a_link_leads(seq2seq, tmp_path):
    (tmp_path / "folder").mkdir()
    link, page = tmp_path / "link.html", tmp_path / "folder" / "page.html"
    link.symlink_to(page)
    assert seq2seq("--toy", "--html", link, run=False)[0] == 0
    assert link.is_symlink()
    assert page.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give a sentence"),
        ([" "], "the sentence is empty"),
        ([SRC, "--target", ""], "the target is empty"),
        ([SRC, "--target", TGT, "--word", "gare"], "no word 'gare'"),
        ([SRC, "--layer", "0"], "the model has blocks 1 to 2"),
        ([SRC, "--layer", "3"], "the model has blocks 1 to 2"),
        ([SRC, "--head", "3"], "the model has heads 1 to 2"),
        ([SRC, "--toy"], "--toy has a sentence of its own"),
        (["--toy", "--word", "chat"], "--toy has a sentence of its own"),
        (["a" * 500], "the model reads at most"),
        ([SRC, "--html", "."], "is no page of seq2seq"),
        ([SRC, "--html", "nowhere/page.html"], "there is no folder"),
        ([SRC, "--run", "nowhere"], "no run 'nowhere'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(seq2seq, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = seq2seq(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("seq2seq explain: ")
    assert err.count("\n") == 1
    assert said in err
    assert list(tmp_path.iterdir()) == []
