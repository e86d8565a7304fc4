import json
import re

import pytest

from seq2seq.analysis.report.build import SCRIPTS, gather, page, read_part
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.translator import Translator
from tests.analysis.report.reported import REFERENCES, SOURCES, copied_run, reported_run

LIMIT = 5_000_000  # bytes


@pytest.fixture
def folder(run_folder, tmp_path):
    return reported_run(run_folder, tmp_path / "rundown")


def gathered(folder):
    return gather(Run.open(folder), Translator.load(str(folder), device="cpu"))


def data_of(text):
    """What the page's script reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1])


def test_the_heading_says_what_was_trained_on_what(folder):
    heading = gathered(folder).heading
    assert heading.name == "rundown"
    model = Translator.load(str(folder), device="cpu").model
    assert heading.parameters == sum(p.numel() for p in model.parameters())
    assert heading.model == "2 + 2 blocks, width 16, 2 heads"
    assert (heading.corpus, heading.pairs) == ("x", 8)
    assert (heading.steps, heading.best_step, heading.minutes) == (60, 40, 1.5)
    assert heading.languages == ("en", "fr")


def test_an_interrupted_run_tells_the_step_it_reached(folder):
    (folder / "manifest.json").write_text('{"pairs": {"train": 8}}', "utf-8")
    heading = gathered(folder).heading
    assert (heading.steps, heading.minutes) == (60, None)


def test_results_are_those_of_every_evaluation_the_widest_beam_first(folder):
    results = gathered(folder).results
    assert [result.name for result in results] == ["test/beam-2", "test/greedy"]
    for result in results:
        path = folder / "evaluation" / result.name / "scores.json"
        scores = json.loads(path.read_text("utf-8"))["scores"]
        assert {s.metric: vars(s) for s in result.scores} == scores
        assert result.sentences == len(SOURCES)


def test_sentences_are_the_worst_and_the_best_of_the_first_evaluation(folder):
    report = gathered(folder)
    assert len(report.worst) + len(report.best) == len(SOURCES)
    worst, best = ([s.chrf for s in side] for side in (report.worst, report.best))
    assert worst == sorted(worst)
    assert best == sorted(best, reverse=True)
    assert worst[-1] <= best[-1]
    for sentence in (*report.worst, *report.best):
        assert sentence.reference == REFERENCES[SOURCES.index(sentence.src)]


def test_the_page_holds_the_data_and_all_parts(folder):
    report = gathered(folder)
    text = page(report)
    data = data_of(text)
    assert data["heading"]["name"] == "rundown"
    assert [s["src"] for s in data["viewer"]["probes"]] == [s.src for s in report.viewer.probes]
    assert data["charts"][0]["title"] == "Loss"
    assert read_part("style.css") in text
    assert all(read_part(name) in text for name in SCRIPTS)
    assert "{{" not in text.replace(json.dumps(data), "")


def test_the_page_stands_alone_and_is_small(folder):
    text = page(gathered(folder))
    assert not re.search(r"https?:|//\w+\.\w|@import|url\(|<link|<img| src=", text)
    assert "default-src 'none'" in text
    assert len(text.encode()) < LIMIT


def test_no_text_of_the_run_becomes_markup(folder):
    table = folder / "evaluation" / "test" / "beam-2" / "sentences.tsv"
    evil = "</script><script>alert(1)</script> {{style}} <!-- & \u2028 </s>"
    table.write_text(f"chrF2\tsource\thypothesis\treference\n3.0\t{evil}\t{evil}\tx\n", "utf-8")
    text = page(gathered(folder))
    assert "alert(1)</script>" not in text
    assert text.count("<script") == text.count("</script>") == 2
    assert data_of(text)["worst"][0]["src"] == evil


def test_a_run_with_nothing_but_weights_gets_a_page(run_folder, tmp_path):
    report = gathered(copied_run(run_folder, tmp_path / "bare"))
    assert (report.results, report.worst, report.charts, report.health) == ([], [], [], None)
    assert data_of(page(report))["heading"]["steps"] is None


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("manifest.json", "{", "manifest.json is damaged"),
        ("manifest.json", "[]", "manifest.json is damaged"),
        ("manifest.json", '{"pairs": 3}', "manifest.json is damaged"),
        ("metrics.jsonl", "x\n", "metrics.jsonl is damaged"),
        ("alignment.json", "{}", "alignment.json is damaged"),
        ("evaluation/test/greedy/scores.json", "nothing", "scores.json is damaged"),
        ("evaluation/test/greedy/scores.json", "{}", "scores.json is damaged: evaluate"),
        ("evaluation/test/beam-2/sentences.tsv", "a\tb\n1\t2\n", "sentences.tsv is missing or"),
        ("evaluation/test/beam-2/sentences.tsv", None, "sentences.tsv is missing or"),
    ],
)
def test_damaged_files_are_said(folder, name, content, expected):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content, "utf-8")
    with pytest.raises(UserError, match=expected):
        gathered(folder)
