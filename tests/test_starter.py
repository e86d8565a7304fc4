"""The starter corpus keeps its rules, and each rule is really caught (scripts/starter_rules.py)."""

import gc
import gzip

import pytest
from starter_rules import duplicates, hard_faults, read, spellers_of, wildcards

from tests.conftest import REPOSITORY

SHIPPED = REPOSITORY / "data" / "starter"
ANY = {"English": lambda word: word != "qwrt", "French": lambda word: word != "qwrt"}
GOOD = {
    "written/a.tsv": "Where is my key?\tOù est ma clé\u00a0?\n"
    'He said "no".\tIl a dit «\u00a0non\u00a0».\n'
    "Come at 10:30!\tViens à 10 h 30\u00a0!\n",
    "composed.tsv.gz": "I know it.\tJe le sais.\t0-0 1-2 2-1 3-3\n",
    "validation.tsv": "I see the sea.\tJe vois la mer.\n",
    "test.tsv": "My two brothers live in town.\tMes deux frères habitent en ville.\n"
    "Thank you.\tMerci.\n",
    "test.second_reference.fr": "Mes deux frères vivent en ville.\n\n",
    "alignments/test.src-tgt": "Thank you . ||| Merci .\n",
    "alignments/test.gold": "1p1 2p1 3-2\n",
}


def faults(folder, changed=None):
    """Faults of the good corpus with some files changed or added."""
    for name, text in (GOOD | (changed or {})).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return hard_faults(read(folder), ANY)


@pytest.fixture(scope="module", autouse=True)
def no_garbage_collection():
    """Many objects that all live to the end are read faster without."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def dictionaries():
    return spellers_of(SHIPPED)


def test_the_shipped_corpus_keeps_every_rule(dictionaries):
    found = hard_faults(read(SHIPPED), dictionaries)
    assert not found, "\n".join(found)


def test_a_good_corpus_has_no_faults(tmp_path):
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Come in.", "1 columns, not 2"),
        ("Come in.\tEntre.\tEntrez.", "3 columns, not 2"),
        ("Come in.\t ", "empty side"),
        ("Come  in.\tEntre.", "stray space in English"),
        ("Come in.\tEntre. ", "stray space in French"),
        ("Come in.\tEntre.\r", "stray space in French"),
        ("It's a cafe\u0301.\tC'est un café.", "English not in NFC"),
        ("Come in.\tEntre\u202f.", "character outside the set in French"),
        ("Come in…\tEntre.", "character outside the set in English"),
        ("It’s me.\tC'est moi.", "apostrophe that is not straight in English"),
        ("It's me.\tC’est moi.", "apostrophe that is not straight in French"),
        ("It's me .\tC'est moi.", "space before punctuation in English"),
        ("It's me.\tC'est moi .", "no U+00A0 before punctuation in French"),
        ("It's me!\tC'est moi !", "no U+00A0 before punctuation in French"),
        ("It's me; it's me.\tC'est moi; c'est moi.", "no U+00A0 before punctuation in French"),
        ("It's: me.\tC'est: moi.", "no U+00A0 before punctuation in French"),
        ('Say "yes".\tDis « oui\u00a0».', "no U+00A0 after « in French"),
        ('Say "yes".\tDis «\u00a0oui ».', "no U+00A0 before punctuation in French"),
        ("It's me.\tC'est\u00a0moi.", "U+00A0 where nothing asks for it in French"),
        ("Come in\tEntre.", "no final punctuation in English"),
        ("Come in.\tEntre", "no final punctuation in French"),
        ("It's me?\tC'est moi.", "question marks differ"),
        ("Yes.\tOui.", "1 English words"),
        (f"{'No ' * 20}no.\tNon.", "21 English words"),
        ("My qwrt.\tMon ami.", "unknown English word 'qwrt'"),
        ("My friend.\tMon qwrt.", "unknown French word 'qwrt'"),
    ],
)
def test_a_badly_written_pair_is_told_with_file_and_line(tmp_path, line, fault):
    found = faults(tmp_path, {"written/b.tsv": f"Come here.\tViens ici.\n{line}\n"})
    assert any(told.startswith(f"written/b.tsv:2: {fault}") for told in found)
    assert all(told.startswith("written/b.tsv:2: ") for told in found)


@pytest.mark.parametrize(
    ("english", "fault"),
    [
        ("my two brothers live in town!", "English of test.tsv:1"),
        ("My three brothers live in town.", "within a word of test.tsv:1"),
        ("My brothers live in town.", "within a word of test.tsv:1"),
        ("So my two brothers live in town.", "within a word of test.tsv:1"),
        ("Thank you!", "English of test.tsv:2"),
    ],
)
def test_training_holds_no_test_sentence(tmp_path, english, fault):
    line = f"{english}\tÇa alors.\n"
    (written,) = faults(tmp_path, {"written/b.tsv": line})
    assert written.startswith(f"written/b.tsv:1: {fault}")
    (tmp_path / "written/b.tsv").unlink()
    (composed,) = faults(tmp_path, {"composed.tsv.gz": line.replace("\n", "\t0-0\n")})
    assert composed.startswith(f"composed.tsv.gz:1: {fault}")


def test_two_edits_and_short_neighbors_may_be_in_training(tmp_path):
    far = "My three sisters live in town.\tÇa alors.\nThank him.\tRemercie-le.\n"
    assert faults(tmp_path, {"written/b.tsv": far}) == []


def test_wildcards_are_shared_within_one_edit_only():
    def near(a, b):
        return bool(wildcards(tuple(a)) & wildcards(tuple(b)))

    assert all(near("abcd", other) for other in ("abcd", "abxd", "abd", "bcd", "abcde", "xabcd"))
    assert not any(near("abcd", other) for other in ("abdc", "axxd", "ab", "bcde", "dcba"))


def test_the_same_pair_twice_is_a_fault_and_another_french_is_noted(tmp_path):
    again = {"validation.tsv": "Come at 10:30.\tViens à 10 h 30.\n"}
    (found,) = faults(tmp_path, again)
    assert found.startswith("validation.tsv:1: the same pair as written/a.tsv:3")
    assert faults(tmp_path, {"validation.tsv": "Come at 10:30.\tVenez à 10 h 30.\n"}) == []
    ((note,), same) = reversed(duplicates(read(tmp_path)))
    assert note.startswith("validation.tsv:1: other French than written/a.tsv:3")
    assert same == []


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("test.second_reference.fr", "Oui.\n", ":1: 2 test pairs, not as many lines"),
        ("test.second_reference.fr", "\nMerci.\n", ":2: the same as the first reference"),
        ("test.second_reference.fr", "\nMerci\n", ":2: no final punctuation"),
        ("test.second_reference.fr", "\nMon qwrt.\n", ":2: unknown French word"),
        ("composed.tsv.gz", "I know it.\tJe le sais.\t4-0\n", ":1: link 4-0 out of range"),
        ("composed.tsv.gz", "I know it.\tJe le sais.\t0-4\n", ":1: link 0-4 out of range"),
        ("composed.tsv.gz", "I know it.\tJe le sais.\t0p1\n", ":1: '0p1' is no link"),
        ("composed.tsv.gz", "I know it.\tJe le sais.\n", ":1: 2 columns, not 3"),
        ("alignments/test.gold", "1-1 3-3\n", ":1: '3-3' is no link of this pair"),
        ("alignments/test.gold", "0p0 3-0\n", ":1: '3-0' is no link of this pair"),
        ("alignments/test.gold", "1x1\n", ":1: '1x1' is no link of this pair"),
        ("alignments/test.gold", "1-1\n1-1\n", ":2: 1 pairs, not as many lines"),
        ("alignments/test.src-tgt", "Thanks . ||| Merci .\n", ":1: not the words of a test pair"),
    ],
)
def test_second_references_and_links_fit_their_texts(tmp_path, file, text, fault):
    (found,) = faults(tmp_path, {file: text})
    assert found.startswith(f"{file}{fault}")


def test_a_missing_file_is_a_fault(tmp_path):
    (lonely,) = faults(tmp_path / "lonely", {"alignments/validation.gold": "1-1\n"})
    assert lonely == "alignments/validation.src-tgt:1: no such file"
    assert "validation.tsv:1: no such file" in hard_faults(read(tmp_path), ANY)


@pytest.mark.parametrize(
    ("side", "right", "wrong"),
    [
        ("English", "Dubois's don't brothers Well-known color", "brotherss colour dubois papi"),
        ("French", "chanterions Papi donne-le-moi Week-end Œufs l' a-t-il", "chantet ecole oeil"),
    ],
)
def test_inflected_words_and_the_allow_list_are_known(dictionaries, side, right, wrong):
    assert [word for word in right.split() if not dictionaries[side](word)] == []
    assert [word for word in wrong.split() if dictionaries[side](word)] == []
