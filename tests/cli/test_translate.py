import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time

import pytest

from seq2seq.alignment.words import words
from seq2seq.cli import translate
from seq2seq.config import DecodingConfig, TokenizerConfig
from seq2seq.data.tokenizer import Tokenizer
from seq2seq.errors import UserError
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SEQ2SEQ = [sys.executable, "-c", "from seq2seq.cli.main import main; main()"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
SOURCES = [src for src, _ in PAIRS]


@pytest.fixture(scope="module")
def run(run_folder):
    return ["--run", str(run_folder), "--device", "cpu"]


@pytest.fixture(scope="module")
def expected(run_folder):
    """Best translations of the sources, by the Python API."""
    translations = Translator.load(str(run_folder), device="cpu").translate(SOURCES)
    return [t.text for t in translations]


def call(*arguments, stdin=b"", cwd=None):
    return subprocess.run(
        [*SEQ2SEQ, "translate", *arguments],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=ENVIRONMENT,
        timeout=120,
    )


def lines(done):
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return done.stdout.decode("utf-8").removesuffix("\n").split("\n")


def refusal(done):
    """What a refused command says: one line, no traceback, a code that is not 0."""
    assert done.returncode != 0
    message = done.stderr.decode("utf-8")
    assert message.startswith("seq2seq translate: ")
    assert message.count("\n") == 1
    return message


def test_several_sentences_on_the_command_line(run, expected):
    assert lines(call(*run, *SOURCES[:3])) == expected[:3]


def test_a_file_is_translated_line_by_line(run, expected, tmp_path):
    file = tmp_path / "in.txt"
    file.write_text("\n".join(SOURCES) + "\n", "utf-8")
    assert lines(call(*run, "--file", str(file))) == expected


def test_a_pipe_keeps_order_and_blank_lines(run, expected):
    stdin = f"{SOURCES[1]}\r\n\n{SOURCES[0]}\n \n{SOURCES[5]}".encode()
    assert lines(call(*run, stdin=stdin)) == [expected[1], "", expected[0], "", expected[5]]


def test_an_empty_pipe_gives_nothing(run):
    assert call(*run).stdout == b""


def test_json_has_pieces_and_scores(run, expected):
    done = call(*run, "--format", "json", "--n-best", "2", SOURCES[0], "", SOURCES[1])
    objects = [json.loads(line) for line in lines(done)]
    assert [o["src"] for o in objects] == [SOURCES[0], "", SOURCES[1]]
    assert [len(o["candidates"]) for o in objects] == [2, 0, 2]
    assert [o["candidates"][0]["text"] for o in objects[::2]] == expected[:2]
    for candidate in objects[0]["candidates"]:
        assert all(isinstance(piece, str) for piece in candidate["pieces"])
        assert candidate["score"] < 0
        assert candidate["log_probability"] <= candidate["score"]
        assert isinstance(candidate["finished"], bool)


def test_an_n_best_list_shows_scores_best_first(run, expected):
    shown = lines(call(*run, "--n-best", "3", "--beam", "4", SOURCES[0]))
    scores = [float(line.split()[0]) for line in shown]
    assert len(shown) == 3
    assert scores == sorted(scores, reverse=True)


def test_options_of_the_search_are_those_of_decoding(run_folder, run):
    options = DecodingConfig(beam=2, length_penalty=0.0, max_length=3)
    translator = Translator.load(str(run_folder), device="cpu")
    wanted = [t.text for t in translator.translate(SOURCES[:2], options)]
    flags = ["--beam", "2", "--length-penalty", "0", "--max-length", "3"]
    assert lines(call(*run, *flags, *SOURCES[:2])) == wanted


def test_sentences_and_a_file_exclude_each_other(run, tmp_path):
    assert "not both" in refusal(call(*run, "--file", str(tmp_path / "in.txt"), "Hello."))


def test_without_a_run_the_message_names_the_command_that_makes_one(tmp_path):
    assert "make train" in refusal(call("Hello.", cwd=tmp_path))


def test_bad_input_is_refused_in_one_line(run, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"fine\ncaf\xe9\n")
    for arguments, stdin, said in [
        ([], b"caf\xe9\n", "standard input line 1 is not UTF-8"),
        (["--file", str(tmp_path / "in.txt")], b"", "line 2 is not UTF-8"),
        (["--file", str(tmp_path / "none.txt")], b"", "none.txt"),
        ([b"caf\xe9"], b"", "not UTF-8"),
        (["--beam", "0", "Hello."], b"", "beam"),
        (["--n-best", "9", "Hello."], b"", "widen the beam"),
        (["word " * 100], b"", "sentence 1 has"),
        (["--run", "nowhere", "Hello."], b"", "nowhere"),
    ]:
        assert said in refusal(call(*run, *arguments, stdin=stdin))


def test_a_truncated_model_is_refused_in_one_line(run_folder, tmp_path):
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert "model.safetensors is damaged" in refusal(call("--run", str(copy), "Hello."))


@pytest.fixture
def said(capsys):
    """The lines that the command prints, run in this process: importing torch takes seconds."""

    def call_here(*arguments):
        translate.main(list(arguments))
        return capsys.readouterr().out.removesuffix("\n").split("\n")

    return call_here


def test_samples_are_all_shown_and_a_seed_repeats_them(run, said):
    flags = ["--samples", "3", "--temperature", "2", "--format", "json"]
    once = said(*run, *flags, *SOURCES[:2])
    assert said(*run, *flags, *SOURCES[:2]) == once
    assert said(*run, *flags, "--seed", "2", *SOURCES[:2]) != once
    assert [len(json.loads(line)["candidates"]) for line in once] == [3, 3]


def test_minimum_bayes_risk_says_how_good_its_choices_are(run, said):
    flags = ["--mbr", "--beam", "4", "--n-best", "2", "--format", "json"]
    (line,) = said(*run, *flags, SOURCES[0])
    utilities = [c["utility"] for c in json.loads(line)["candidates"]]
    assert len(utilities) == 2
    assert utilities == sorted(utilities, reverse=True)


def test_every_translation_begins_with_the_prefix(run, said):
    for line in said(*run, "--prefix", "Elle a", *SOURCES[:3]):
        assert line.startswith("Elle a")


def test_the_same_run_twice_is_an_ensemble_that_translates_alike(run, said, run_folder, expected):
    assert said(*run, "--run", str(run_folder), *SOURCES[:3]) == expected[:3]


def test_given_translations_are_scored_line_by_line(run, said, run_folder, expected, tmp_path):
    targets = tmp_path / "targets.fr"
    targets.write_text("".join(f"{text}\n" for text in expected[:3]), "utf-8")
    shown = said(*run, "--targets", str(targets), *SOURCES[:3])
    pairs = list(zip(SOURCES[:3], expected, strict=False))
    scored = Translator.load(str(run_folder), device="cpu").score(pairs)
    assert shown == [f"{c.score:8.4f}  {c.text}" for c in scored]
    found = said(*run, "--targets", str(targets), "--format", "json", *SOURCES[:3])
    for line, candidate in zip(found, scored, strict=True):
        (shown,) = json.loads(line)["candidates"]
        assert shown["log_probability"] == pytest.approx(candidate.log_probability)
        assert len(shown["piece_log_probabilities"]) == len(shown["pieces"]) + 1


def test_a_split_file_keeps_its_layout(run, said, expected, tmp_path):
    file = tmp_path / "letter.txt"
    text = f"{SOURCES[0]}\n\n    {SOURCES[1]}  {SOURCES[2]} \n\n\n{SOURCES[5]}\n"
    file.write_text(text, "utf-8")
    a, b, c, d = (expected[i] for i in (0, 1, 2, 5))
    assert said(*run, "--split", "--file", str(file)) == [a, "", f"    {b}  {c} ", "", "", d]


def test_json_has_a_flag(run, said):
    for line in said(*run, "--format", "json", *SOURCES):
        assert json.loads(line)["candidates"][0]["flag"] in (None, "repetition", "copy")


SENSELESS = [
    (["--temperature", "0.5"], "temperature is for samples"),
    (["--top-k", "5"], "top-k is for samples"),
    (["--top-p", "0.5"], "top-p is for samples"),
    (["--epsilon", "0.1"], "epsilon is for samples"),
    (["--samples", "3", "--beam", "4"], "without a beam"),
    (["--samples", "3", "--n-best", "2"], "all samples are returned"),
    (["--samples", "3", "--mbr", "--n-best", "4"], "draw more"),
    (["--samples", "1", "--mbr"], "compares candidates"),
    (["--beam", "1", "--mbr"], "compares candidates"),
    (["--samples", "3", "--top-p", "0"], "top-p must be above 0"),
    (["--samples", "3", "--temperature", "0"], "temperature must be above 0"),
    (["--min-length", "9", "--max-length", "3"], "min length (9) is above max length (3)"),
    (["--min-length", "999"], "the model writes at most"),
    (["--prefix", "Oui", "--max-length", "2"], "leaves no room"),
    (["--prefix", "Oui " * 90], "at most"),
    (["--split", "--format", "json"], "--split writes one text"),
    (["--split", "--samples", "3"], "--split writes one text"),
    (["--split", "--prefix", "Oui"], "--split writes one text"),
    (["--targets", "in.txt", "--samples", "3"], "leave out --samples"),
    (["--targets", "in.txt", "--prefix", "Oui", "--beam", "3"], "leave out --prefix, --beam"),
    (["--targets", "in.txt", "--split"], "leave out --split"),
    (["--targets", "in.txt", "--format", "pharaoh"], "seq2seq align"),
    (["--targets", "missing.txt"], "missing.txt"),
    (["--targets", "in.txt"], "there are more translations than sentences (1)"),
]


@pytest.mark.parametrize(("flags", "message"), SENSELESS)
def test_senseless_combinations_are_refused_in_one_line(run, tmp_path, monkeypatch, flags, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("Oui.\nNon.\n", "utf-8")
    with pytest.raises(UserError) as raised:
        translate.main([*run, *flags, "Hello."])
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_runs_of_other_tokenizers_or_directions_make_no_ensemble(run_folder, tmp_path):
    other, turned = tmp_path / "other", tmp_path / "turned"
    for folder in (other, turned):
        shutil.copytree(run_folder, folder)
    Tokenizer.train(SOURCES, TokenizerConfig(vocab_size=100)).save(other / "tokenizer.model")
    config = (turned / "config.yaml").read_text("utf-8")
    (turned / "config.yaml").write_text(config.replace("reverse: false", "reverse: true"), "utf-8")
    for folder, said in ((other, "another tokenizer"), (turned, "the other way round")):
        with pytest.raises(UserError, match=said):
            Translator.load([str(run_folder), str(folder)], device="cpu")


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, *arguments, locale="C.UTF-8"):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # as at any terminal
            environment = {**ENVIRONMENT, "TERM": "dumb", "LC_ALL": locale}
            os.execvpe(SEQ2SEQ[0], [*SEQ2SEQ, *arguments], environment)
        self.seen = ""

    def write(self, text):
        os.write(self.fd, text)

    def read_until(self, text, seconds=60):
        """Everything shown since the last call, up to ``text`` (None: until the command ends)."""
        deadline = time.monotonic() + seconds
        while text is None or text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if not select.select([self.fd], [], [], 1)[0]:
                continue
            try:
                data = os.read(self.fd, 4096)
            except OSError:  # the other side has gone
                data = b""
            if not data:
                assert text is None, self.seen
                break
            self.seen += data.decode("utf-8", "replace")
        cut = len(self.seen) if text is None else self.seen.index(text) + len(text)
        shown, self.seen = self.seen[:cut], self.seen[cut:]
        return shown

    def end(self):
        """The exit code."""
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])  # they read bad bytes differently
def test_the_prompt_translates_line_by_line_until_the_end_of_input(run, expected, locale):
    terminal = Terminal("translate", *run, locale=locale)
    assert "Ctrl-D" in terminal.read_until("> ")
    for src, tgt in zip(SOURCES[:2], expected[:2], strict=True):
        terminal.write(f"{src}\n".encode())
        assert tgt in terminal.read_until("\n> ")
    terminal.write(b"\n")
    terminal.read_until("\n> ")
    terminal.write(b"word " * 100 + b"\n")  # refused, and the prompt goes on
    assert "sentence 1 has" in terminal.read_until("\n> ")
    terminal.write(b"caf\xe9\n")
    assert "not UTF-8" in terminal.read_until("\n> ")
    terminal.write(f"{SOURCES[0]}\n".encode())
    assert expected[0] in terminal.read_until("\n> ")
    terminal.write(b"\x04")
    rest = terminal.read_until(None)
    assert "Traceback" not in rest
    assert terminal.end() == 0


def test_the_prompt_ends_quietly_when_interrupted(run):
    terminal = Terminal("translate", *run)
    terminal.read_until("> ")
    time.sleep(1)  # Python shows the prompt before it reads
    terminal.write(b"\x03")
    assert "Traceback" not in terminal.read_until(None)
    assert terminal.end() == 130


def test_linked_words_beside_a_translation(run, expected):
    found = lines(call(*run, "--format", "pharaoh", *SOURCES[:2], ""))
    for line, src, tgt in zip(found, SOURCES[:2], expected, strict=False):
        src_words, tgt_words, links = line.split(" ||| ")
        assert (src_words.split(), tgt_words.split()) == (words(src), words(tgt))
        for link in links.split():
            s, t = map(int, link.split("-"))
            assert s < len(words(src))
            assert t < len(words(tgt))
    assert found[2] == " ||| ||| "


def test_json_has_words_links_and_weights(run):
    (line,) = lines(call(*run, "--format", "json", SOURCES[0]))
    alignment = json.loads(line)["candidates"][0]["alignment"]
    assert alignment["src_words"] == words(SOURCES[0])
    assert len(alignment["weights"]) == len(alignment["tgt_words"])
    assert {len(row) for row in alignment["weights"]} == {len(alignment["src_words"]) + 1}
