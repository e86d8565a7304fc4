import pytest

from seq2seq.errors import UserError
from seq2seq.export.native import export_native
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SOURCES = [src for src, _ in PAIRS]


def test_a_native_folder_translates_and_aligns_like_its_run(run, ours, tmp_path):
    (run.folder / "checkpoint.pt").write_bytes(b"optimizer state")
    (run.folder / "metrics.jsonl").write_text("{}\n")
    out = tmp_path / "out"
    export_native(run, out)
    names = {"config.yaml", "tokenizer.model", "model.safetensors"}
    assert {path.name for path in out.iterdir()} - {"alignment.json"} == names
    assert (out / "alignment.json").exists() == (run.folder / "alignment.json").exists()
    opened = Translator.load(str(out), device="cpu")
    pairs = zip(
        opened.translate(SOURCES, align=True), ours.translate(SOURCES, align=True), strict=True
    )
    for one, other in pairs:
        assert one.text == other.text
        assert one.candidates[0].score == other.candidates[0].score
        assert one.alignment.links == other.alignment.links


def test_a_folder_with_files_is_refused(run, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        export_native(run, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
