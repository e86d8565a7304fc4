"""Corpora on the hub: files arrive once, at a recorded commit; an absent hub is said quickly."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import PAIRS

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LOCATE = """
import json, sys
from seq2seq.config import DataConfig
from seq2seq.data.sources import locate
from seq2seq.errors import UserError
config = DataConfig(name="x", **json.loads(sys.argv[1]))
try:
    located = locate(config, config.train)
    files = [str(file) for file in located.files]
    print(json.dumps({"commit": located.commit, "files": files}))
except UserError as error:
    print(json.dumps({"error": str(error)}))
"""


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as one dataset repository needs."""

    files: dict
    asked: list

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        self.asked.append((self.command, self.path))
        resolved = f"/datasets/team/corpus/resolve/{COMMIT}/"
        if self.path.startswith("/api/datasets/team/corpus/revision/v1.0"):
            siblings = [{"rfilename": name} for name in self.files]
            about = {"id": "team/corpus", "sha": COMMIT, "siblings": siblings, "tags": []}
            self.send(json.dumps(about).encode(), {"Content-Type": "application/json"})
        elif self.path.removeprefix(resolved) in self.files:
            content = self.files[self.path.removeprefix(resolved)]
            etag = f'"{hashlib.sha256(content).hexdigest()}"'
            self.send(content, {"ETag": etag, "X-Repo-Commit": COMMIT})
        else:
            self.send(b"", {"X-Error-Code": "RepoNotFound"}, status=404)

    def send(self, content, headers, status=200):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    """A hub with two training files; gives its handler and its address."""
    contents = {}
    for number in (0, 1):
        rows = [{"translation": {"en": s, "fr": t}} for s, t in PAIRS[4 * number : 4 * number + 4]]
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(rows), sink)
        contents[f"en-fr/train-{number}.parquet"] = sink.getvalue().to_pybytes()
    handler = type("Handler", (Hub,), {"files": {"README.md": b"#", **contents}, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def locate_on(endpoint, cache, **options):
    """What a process of its own finds on the hub at ``endpoint``."""
    config = {
        "root": "hf://datasets/team/corpus",
        "revision": "v1.0",
        "train": ["en-fr/train-*.parquet"],
        "cache_dir": str(cache),
        **options,
    }
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith("HF_") and "proxy" not in k.lower()
    }
    ran = subprocess.run(
        [sys.executable, "-c", LOCATE, json.dumps(config)],
        env={**kept, "HF_ENDPOINT": endpoint, "HF_HOME": str(cache / "home")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_files_of_the_hub_arrive_once_and_the_commit_is_recorded(tmp_path, hub):
    handler, endpoint = hub
    first = locate_on(endpoint, tmp_path)
    assert first["commit"] == COMMIT
    rows = [row for file in first["files"] for row in pq.read_table(file).to_pylist()]
    assert [tuple(row["translation"].values()) for row in rows] == PAIRS
    assert all(str(tmp_path) in file for file in first["files"])
    assert locate_on(endpoint, tmp_path) == first
    downloads = [path for command, path in handler.asked if command == "GET" and "resolve" in path]
    assert len(downloads) == 2


def test_a_name_without_a_file_on_the_hub_is_refused(tmp_path, hub):
    names = ["en-fr/train-*.parquet", "fr-en/*.parquet"]
    error = locate_on(hub[1], tmp_path, train=names)["error"]
    assert error == "hf://datasets/team/corpus at v1.0 has no file fr-en/*.parquet"


@pytest.mark.parametrize("repository", ["team/absent", "not/a/repository"])
def test_an_unknown_repository_is_refused(tmp_path, hub, repository):
    error = locate_on(hub[1], tmp_path, root=f"hf://datasets/{repository}")["error"]
    assert error.startswith(f"cannot reach hf://datasets/{repository}")
    assert "\n" not in error


def test_an_unreachable_hub_is_refused_quickly(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        began = time.monotonic()
        error = locate_on(f"http://127.0.0.1:{unused.getsockname()[1]}", tmp_path)["error"]
    assert time.monotonic() - began < 30
    assert "cannot reach hf://datasets/team/corpus" in error
    assert "refused" in error
    assert "data.root=FOLDER" in error
    assert "\n" not in error
