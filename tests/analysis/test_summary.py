import json
import statistics

import pytest

from seq2seq.analysis.summary import summarize
from seq2seq.errors import UserError


def evaluated(folder, bleu, signature="nrefs:1", test="test/greedy"):
    """A run folder with one score."""
    place = folder / "evaluation" / test
    place.mkdir(parents=True)
    content = {"scores": {"BLEU": {"value": bleu, "signature": signature}}}
    (place / "scores.json").write_text(json.dumps(content))
    return folder


def test_mean_and_standard_deviation_of_what_all_runs_have(tmp_path):
    values = [40.0, 41.0, 43.5]
    folders = [evaluated(tmp_path / str(n), value) for n, value in enumerate(values)]
    evaluated(folders[0], 50.0, test="test/beam-5")  # the others have none
    (found,) = summarize(folders)
    assert (found.test, found.metric, found.values) == ("test/greedy", "BLEU", values)
    mean, spread = statistics.mean(values), statistics.stdev(values)
    assert f"{mean:.1f} ± {spread:.1f}  (40.0, 41.0, 43.5)  nrefs:1" in str(found)


def test_what_cannot_be_compared_is_refused(tmp_path):
    one, other = evaluated(tmp_path / "a", 40), evaluated(tmp_path / "b", 41, "nrefs:2")
    elsewhere = evaluated(tmp_path / "c", 40, test="validation/greedy")
    (tmp_path / "d").mkdir()
    for folders, message in [
        ([one], "at least two"),
        ([one, other], "not computed alike"),
        ([one, elsewhere], "same test set"),
        ([one, tmp_path / "d"], "not been evaluated"),
    ]:
        with pytest.raises(UserError, match=message):
            summarize(folders)
    (one / "evaluation/test/greedy/scores.json").write_text("{")
    with pytest.raises(UserError, match="damaged"):
        summarize([one, other])
