import numpy as np

from seq2seq.alignment.weights import CrossAttention
from seq2seq.analysis.probes import probe_files, read_probes, write_probes
from seq2seq.run import Run


def test_what_is_written_is_read_in_the_order_of_the_steps(run_folder, tmp_path):
    run = Run(tmp_path, Run.open(run_folder).config)
    weights = np.random.default_rng(0).random((2, 3, 2, 4), dtype=np.float32)
    attention = CrossAttention(["▁a", "▁b", "é", "</s>"], ["▁c", "</s>"], weights)
    for step in (1_000_000, 20, 300):
        write_probes(run, step, ["a bé", "x"], [attention, attention])
    (tmp_path / "attention" / "step-mine.npz").write_bytes(b"")
    assert list(probe_files(run)) == [20, 300, 1_000_000]
    for probe, found in read_probes(probe_files(run)[300]):
        assert probe in ("a bé", "x")
        assert (found.src_pieces, found.tgt_pieces) == (attention.src_pieces, attention.tgt_pieces)
        np.testing.assert_array_equal(found.weights_LHTS, weights)
