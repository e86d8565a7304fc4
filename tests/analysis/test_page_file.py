import pytest

from seq2seq.analysis.page_file import MARK, page_path, write_page
from seq2seq.errors import UserError


def test_an_earlier_page_is_replaced_and_nothing_else(tmp_path):
    path = tmp_path / "page.html"
    for text in (f"{MARK}one -->", f"{MARK}another -->"):
        write_page(text, page_path(path))
        assert path.read_text("utf-8") == text
    path.write_text("my notes", "utf-8")
    for wish, message in [
        (path, "is no page"),
        (tmp_path, "is no page"),
        (tmp_path / "nowhere" / "page.html", "no folder"),
    ]:
        with pytest.raises(UserError, match=message):
            page_path(wish)
    assert path.read_text("utf-8") == "my notes"
    assert list(tmp_path.iterdir()) == [path]


def test_links_are_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    link, page = tmp_path / "link.html", tmp_path / "folder" / "page.html"
    link.symlink_to(page)
    write_page(MARK, page_path(link))
    assert link.is_symlink()
    assert page.read_text("utf-8") == MARK
