"""Sources: every format and place gives the same pairs, every mistake one helpful line."""

import csv
import gzip
import io
import json
import socket
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seq2seq.config import DataConfig
from seq2seq.data.sources import locate, read_pairs
from seq2seq.errors import UserError
from tests.conftest import PAIRS

QUOTED = [('He said "no".', "Il a dit «\u00a0non\u00a0»."), ('"Yes', 'Oui"'), ("a, b", "c, d")]


def read(root, names, **options):
    """Locate and read the files called ``names``."""
    config = DataConfig(name="x", root=str(root), train=names, **options)
    return list(read_pairs(locate(config, names).files, config))


def refusal(root, names, **options):
    """The one line that says why ``names`` cannot be read."""
    with pytest.raises(UserError) as raised:
        read(root, names, **options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def write(path, text):
    """Write ``text``, compressed if the name says so."""
    content = text.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def as_csv(pairs):
    """A CSV table with a header."""
    table = io.StringIO()
    csv.writer(table).writerows([("en", "fr"), *pairs])
    return table.getvalue()


def as_tsv(pairs):
    """A TSV table without a header."""
    return "".join(f"{src}\t{tgt}\n" for src, tgt in pairs)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_two_texts_are_read_line_by_line(tmp_path, suffix):
    write(tmp_path / f"c.en{suffix}", "".join(f"{src}\n" for src, _ in PAIRS))
    write(tmp_path / f"c.fr{suffix}", "\ufeff" + "\r\n".join(tgt for _, tgt in PAIRS))
    assert read(tmp_path, [f"c.en{suffix}", f"c.fr{suffix}"]) == PAIRS


@pytest.mark.parametrize("kind", ["texts", "tsv", "csv", "jsonl", "parquet"])
def test_reversed_pairs_are_exchanged_whatever_they_are_read_from(tmp_path, kind):
    rows = [{"en": src, "fr": tgt} for src, tgt in PAIRS]
    names, columns = [f"t.{kind}"], {}
    if kind == "texts":
        names = ["t.en", "t.fr"]
        for side, name in enumerate(names):
            write(tmp_path / name, "".join(f"{pair[side]}\n" for pair in PAIRS))
    elif kind == "tsv":
        write(tmp_path / "t.tsv", as_tsv(PAIRS))
        columns = {"src_column": "0", "tgt_column": "1"}
    elif kind == "csv":
        write(tmp_path / "t.csv", as_csv(PAIRS))
    elif kind == "jsonl":
        write(tmp_path / "t.jsonl", "\n".join(map(json.dumps, rows)))
    else:
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    assert read(tmp_path, names, **columns) == PAIRS
    assert read(tmp_path, names, reverse=True, **columns) == [(fr, en) for en, fr in PAIRS]


def test_only_a_newline_ends_a_line(tmp_path):
    write(tmp_path / "c.en", "one\u2028still one\x0band\x85more\n")
    write(tmp_path / "c.fr", "un\n")
    assert read(tmp_path, ["c.en", "c.fr"]) == [("one\u2028still one\x0band\x85more", "un")]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_tsv_columns_are_found_by_position_or_by_header(tmp_path, suffix):
    rows = [f"{i}\t{tgt}\t{src}\n" for i, (src, tgt) in enumerate(PAIRS + QUOTED)]
    write(tmp_path / f"p.tsv{suffix}", "".join(rows))
    write(tmp_path / f"h.tsv{suffix}", "".join(["id\tfr\ten\n", *rows]))
    by_position = read(tmp_path, [f"p.tsv{suffix}"], src_column="2", tgt_column="1")
    assert by_position == PAIRS + QUOTED
    assert read(tmp_path, [f"h.tsv{suffix}"]) == PAIRS + QUOTED


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_csv_quotes_are_resolved(tmp_path, suffix):
    pairs = [*PAIRS, *QUOTED, ("two\nlines", "deux\nlignes")]
    write(tmp_path / f"t.csv{suffix}", as_csv(pairs))
    assert read(tmp_path, [f"t.csv{suffix}"]) == pairs
    by_position = read(tmp_path, [f"t.csv{suffix}"], src_column="0", tgt_column="1")
    assert by_position == [("en", "fr"), *pairs]


def test_csv_cells_that_look_like_something_else_stay_text(tmp_path):
    pairs = [("None", "null"), ("NA", "nan"), ("007", "1.50"), ("True", "N/A")]
    write(tmp_path / "t.csv", as_csv(pairs))
    assert read(tmp_path, ["t.csv"]) == pairs


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_json_lines_may_be_nested(tmp_path, suffix):
    rows = [{"translation": {"en": src, "fr": tgt}} for src, tgt in PAIRS + QUOTED]
    write(tmp_path / f"t.jsonl{suffix}", "\n".join(map(json.dumps, rows)))
    columns = {"src_column": "translation.en", "tgt_column": "translation.fr"}
    assert read(tmp_path, [f"t.jsonl{suffix}"], **columns) == PAIRS + QUOTED


def test_parquet_may_be_nested_and_missing_text_is_empty(tmp_path):
    pairs = [*PAIRS, ("x", None)]
    rows = [{"translation": {"en": src, "fr": tgt}} for src, tgt in pairs]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    columns = {"src_column": "translation.en", "tgt_column": "translation.fr"}
    assert read(tmp_path, ["t.parquet"], **columns) == [*PAIRS, ("x", "")]


def test_patterns_name_sorted_files(tmp_path):
    (tmp_path / "sub").mkdir()
    for number, name in enumerate(["sub/b.tsv", "sub/a.tsv", "other.tsv"]):
        write(tmp_path / name, as_tsv([(str(number), name)]))
    columns = {"src_column": "0", "tgt_column": "1"}
    assert read(tmp_path, ["sub/*.tsv"], **columns) == [("1", "sub/a.tsv"), ("0", "sub/b.tsv")]
    assert len(read("elsewhere", [f"{tmp_path}/**/*.tsv"], **columns)) == 3


def test_brackets_in_the_name_of_a_found_file_are_no_pattern(tmp_path):
    write(tmp_path / "t[1].jsonl", json.dumps({"en": "a", "fr": "b"}))
    assert read(tmp_path, ["t*.jsonl"]) == [("a", "b")]


@pytest.mark.parametrize("suffix", [".tsv", ".csv", ".jsonl", ".tsv.gz"])
def test_an_empty_file_has_no_pairs(tmp_path, suffix):
    write(tmp_path / f"t{suffix}", "")
    columns = {"src_column": "0", "tgt_column": "1"}
    assert read(tmp_path, [f"t{suffix}"], **columns) == []


def test_mistakes_in_files_are_said_in_one_line(tmp_path):
    write(tmp_path / "three.en", "1\n2\n3\n")
    write(tmp_path / "two.fr", "1\n2\n")
    assert "three.en has more lines than" in refusal(tmp_path, ["three.en", "two.fr"])
    assert "ends at line 2" in refusal(tmp_path, ["two.fr", "three.en"])
    assert "two.fr has no partner" in refusal(tmp_path, ["three.en", "three.en", "two.fr"])
    assert "no file" in refusal(tmp_path, ["four.en", "two.fr"])
    assert "data.root" in refusal(tmp_path, ["*.tsv"])


def test_a_missing_column_is_named_with_those_present(tmp_path):
    write(tmp_path / "t.tsv", as_tsv([("english", "french"), ("a", "b")]))
    write(tmp_path / "t.csv", as_csv(PAIRS))
    write(tmp_path / "t.jsonl", json.dumps({"translation": {"en": "a", "fr": "b"}}))
    assert "no column 'en', only english, french" in refusal(tmp_path, ["t.tsv"])
    assert "no column 'de', only en, fr" in refusal(tmp_path, ["t.csv"], src_column="de")
    assert "no column 'en', only translation" in refusal(tmp_path, ["t.jsonl"])
    by_position = {"src_column": "0", "tgt_column": "2"}
    assert "line 1 has 2 columns, not 3" in refusal(tmp_path, ["t.tsv"], **by_position)


def test_invalid_utf8_is_refused_with_its_line(tmp_path):
    for name in ("a.fr", "a.tsv"):
        (tmp_path / name).write_bytes("bon\t\u00e9\n".encode() + b"caf\xe9\t\xe9\n")
    write(tmp_path / "a.en", "good\ncoffee\n")
    (tmp_path / "a.csv").write_bytes(b"en,fr\ncoffee,caf\xe9\n")
    assert "a.fr line 2 is not UTF-8" in refusal(tmp_path, ["a.en", "a.fr"])
    message = refusal(tmp_path, ["a.tsv"], src_column="0", tgt_column="1")
    assert "a.tsv line 2 is not UTF-8" in message
    assert "a.csv line 2 is not UTF-8" in refusal(tmp_path, ["a.csv"])


def test_a_broken_gzip_file_is_refused(tmp_path):
    whole = gzip.compress("".join(f"line {i}\n" for i in range(5000)).encode())
    damaged = bytearray(whole)
    damaged[200:260] = b"\xff" * 60
    for content in (b"plain text\n", whole[: len(whole) // 2], bytes(damaged)):
        (tmp_path / "c.tsv.gz").write_bytes(content)
        message = refusal(tmp_path, ["c.tsv.gz"], src_column="0", tgt_column="0")
        assert "not a whole gzip file" in message


def test_a_broken_table_is_refused(tmp_path):
    for name in ("t.parquet", "t.jsonl"):
        (tmp_path / name).write_bytes(b"this is not a table {")
        assert f"cannot read {tmp_path / name}" in refusal(tmp_path, [name])
    write(tmp_path / "t.csv", 'en,fr\na,b\n"never closed,c\n')
    assert "t.csv line 3 is not CSV" in refusal(tmp_path, ["t.csv"])


class CountingHandler(SimpleHTTPRequestHandler):
    """Serves a folder and remembers what was asked for."""

    asked: list

    def log_message(self, *_):
        self.asked.append(self.path)


class TruncatingHandler(BaseHTTPRequestHandler):
    """Promises a thousand bytes and sends five."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"a\tb\nc")

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Start a local web server with a handler; gives its address."""
    servers = []

    def start(handler):
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_url_is_downloaded_once(tmp_path, serve):
    (tmp_path / "web").mkdir()
    write(tmp_path / "web" / "t.tsv.gz", as_tsv(PAIRS))
    handler = type("Handler", (CountingHandler,), {"asked": []})
    url = serve(partial(handler, directory=str(tmp_path / "web")))
    options = {"src_column": "0", "tgt_column": "1", "cache_dir": str(tmp_path / "cache")}
    for _ in range(2):
        assert read(url, ["t.tsv.gz"], **options) == PAIRS
    assert handler.asked == ["/t.tsv.gz"]
    assert "data.root=FOLDER" in refusal(url, ["absent.tsv"], **options)
    assert not list((tmp_path / "cache").rglob("*.partial"))


def test_an_unreachable_url_is_refused_in_one_line(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        message = refusal(url, ["t.tsv"], cache_dir=str(tmp_path))
    assert "refused" in message
    assert "data.root=FOLDER" in message


def test_half_a_download_is_not_kept(tmp_path, serve):
    message = refusal(serve(TruncatingHandler), ["t.tsv"], cache_dir=str(tmp_path))
    assert "995 bytes" in message
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
