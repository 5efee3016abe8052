from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tasks.ingestion.download import OFFICIAL_FILES, TERMS, OfficialFile, download
from tasks.ingestion.transfer import transfer
from tasks.stage.errors import InputError

CONTENT = {
    "list_attr_celeba.txt": b"1\nBald\n000001.jpg 1\n",
    "img_align_celeba.zip": np.random.default_rng(0).bytes(300_000),
}
FILES = tuple(OfficialFile(name, hashlib.md5(content).hexdigest(), "") for name, content in CONTENT.items())


class Server(ThreadingHTTPServer):
    """Serves ``CONTENT``; ``breaks`` times it ends the connection halfway through the zip file."""

    daemon_threads = True
    ranges = True
    breaks = 0
    busy = 0
    damage: str | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/celeba/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range")
        name = self.path.rpartition("/")[2]
        server.asked.append((name, wanted))
        if server.busy > 0:
            server.busy -= 1
            self.send_error(503)
            return
        content = CONTENT.get(name)
        if content is None:
            self.send_error(404)
            return
        if server.damage == name:
            content = bytes(reversed(content))
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and server.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        if server.breaks > 0 and name.endswith(".zip"):
            server.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def bring(folder: Path, url: str) -> dict[str, object]:
    return download(folder, url, terms_accepted=True, files=FILES, pause=0.001)


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_brings_what_is_missing_and_keeps_what_is_there(server: Server, tmp_path: Path) -> None:
    assert bring(tmp_path / "data", server.url)["downloaded"] == list(CONTENT)
    assert content_of(tmp_path / "data") == CONTENT
    facts = bring(tmp_path / "data", server.url)
    assert (facts["kept"], facts["downloaded"]) == (list(CONTENT), [])
    assert len(server.asked) == 2


def test_progress_reaches_the_total(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    download(
        tmp_path,
        server.url,
        terms_accepted=True,
        files=FILES,
        progress=lambda done, total, note="": told.append((done, total, note)),
    )
    assert told[-1] == (300_000, 300_000, "img_align_celeba.zip")


def test_broken_connections_are_continued(server: Server, tmp_path: Path) -> None:
    """Each time half of what is left arrives, and the next request asks for the rest of it only."""
    server.breaks = 3
    bring(tmp_path, server.url)
    assert content_of(tmp_path) == CONTENT
    ranges = [wanted for name, wanted in server.asked if name == "img_align_celeba.zip"]
    assert ranges == [None, "bytes=150000-", "bytes=225000-", "bytes=262500-"]


def test_earlier_part_is_continued(server: Server, tmp_path: Path) -> None:
    (tmp_path / "img_align_celeba.zip.part").write_bytes(CONTENT["img_align_celeba.zip"][:123_456])
    bring(tmp_path, server.url)
    assert content_of(tmp_path) == CONTENT
    assert ("img_align_celeba.zip", "bytes=123456-") in server.asked


def test_whole_part_is_only_checked(server: Server, tmp_path: Path) -> None:
    (tmp_path / "img_align_celeba.zip.part").write_bytes(CONTENT["img_align_celeba.zip"])
    bring(tmp_path, server.url)
    assert content_of(tmp_path) == CONTENT


def test_server_without_ranges_starts_again(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / "img_align_celeba.zip.part").write_bytes(b"x" * 1000)
    bring(tmp_path, server.url)
    assert content_of(tmp_path) == CONTENT


@pytest.mark.parametrize("length", [1000, 400_000])
def test_part_of_another_file_is_brought_again(server: Server, tmp_path: Path, length: int) -> None:
    (tmp_path / "img_align_celeba.zip.part").write_bytes(b"x" * length)
    bring(tmp_path, server.url)
    assert content_of(tmp_path) == CONTENT


def test_damaged_transfer_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.damage = "img_align_celeba.zip"
    with pytest.raises(InputError, match=r"img_align_celeba.zip arrived damaged .* run the command again"):
        bring(tmp_path, server.url)
    assert list(content_of(tmp_path)) == ["list_attr_celeba.txt"]
    server.damage = None
    bring(tmp_path, server.url)
    assert content_of(tmp_path) == CONTENT


def test_damaged_file_is_set_aside_and_brought_anew(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "list_attr_celeba.txt").write_bytes(b"cut sho")
    bring(tmp_path, server.url)
    assert content_of(tmp_path) == {**CONTENT, "list_attr_celeba.txt.damaged": b"cut sho"}
    assert "list_attr_celeba.txt is not the official file" in caplog.text


def test_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.busy = 3
    bring(tmp_path, server.url)
    assert content_of(tmp_path) == CONTENT


def test_absent_file(server: Server, tmp_path: Path) -> None:
    files = [OfficialFile("absent.zip", "0" * 32, "")]
    with pytest.raises(InputError, match=r"absent.zip: HTTP 404"):
        download(tmp_path, server.url, terms_accepted=True, files=files)
    assert len(server.asked) == 1


def test_nobody_answers(server: Server, tmp_path: Path) -> None:
    server.server_close()
    with pytest.raises(InputError, match="check the network and run the command again"):
        transfer(server.url + "x", tmp_path / "x", pause=0.001)


@pytest.mark.parametrize("url", ["ftp://example.org/x", "file:///etc/passwd", "example.org/x", "http://a b/x"])
def test_addresses_that_are_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match=r"not .* address"):
        transfer(url, tmp_path / "x", pause=0.001)
    assert list(tmp_path.iterdir()) == []


def test_google_drive_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that nobody runs is a network that is not there."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"cannot download list_attr_celeba.txt from Google Drive .* --from"):
        download(tmp_path / "data", terms_accepted=True)


def test_terms_come_first(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="non-commercial research"):
        download(tmp_path / "data", server.url, terms_accepted=False, files=FILES)
    assert server.asked == []
    assert not (tmp_path / "data").exists()
    assert "non-commercial research purposes only" in TERMS


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(InputError, match="cannot create the folder"):
        download(tmp_path / "data", terms_accepted=True)


def test_official_checksums_look_like_checksums() -> None:
    assert len({file.md5 for file in OFFICIAL_FILES}) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", file.md5) for file in OFFICIAL_FILES)
