"""Pairs on disk: what is written is read again, and ids are those of the normalised text."""

import pickle

from datasets import Dataset

from seq2seq.config import CleaningConfig
from seq2seq.data import parallel
from seq2seq.data.arrow_files import IDS, TEXT, add_ids, read, to_batches, to_pairs, write
from tests.conftest import PAIRS


def test_pairs_are_read_as_they_were_written(tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "BLOCK", 3)
    write(tmp_path / "text", TEXT, to_batches(PAIRS))
    assert [len(batch) for batch in read(tmp_path / "text")] == [3, 3, 2]
    assert list(to_pairs(read(tmp_path / "text"))) == PAIRS
    dataset = Dataset.from_file(str(tmp_path / "text"))
    assert list(zip(dataset["src"], dataset["tgt"], strict=True)) == PAIRS


def test_no_pairs_are_an_empty_file(tmp_path):
    write(tmp_path / "text", TEXT, to_batches([]))
    assert list(to_pairs(read(tmp_path / "text"))) == []
    assert len(Dataset.from_file(str(tmp_path / "text"))) == 0


def test_ids_are_of_the_normalised_text_which_itself_stays(tokenizer):
    (batch,) = to_batches([("  I   am hungry. ", "J'ai faim.\u200b")])
    there = pickle.loads(pickle.dumps(batch))  # as another process gets it
    with_ids = add_ids(there, tokenizer.model, CleaningConfig())
    assert with_ids.schema == IDS
    (row,) = with_ids.to_pylist()
    assert (row["src"], row["tgt"]) == ("  I   am hungry. ", "J'ai faim.\u200b")
    assert [row["src_ids"], row["tgt_ids"]] == tokenizer.encode(["I am hungry.", "J'ai faim."])
