"""Addresses of Prefect servers that are dead or wrong, from everywhere that Prefect takes them from."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flows.prefect_server import check_server
from flows.prefect_settings import find_setting
from storage.keys import PROJECT
from tasks.stage.errors import InputError
from tests.server import free_port

MAIN = "from flows.cli import main; main()"
PROFILES = 'active = "ours"\n[profiles.ours]\nPREFECT_API_URL = "{}"\n[profiles.theirs]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, an empty Prefect home beside it, and no address in the environment."""
    (tmp_path / "here").mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    for name in ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "here"


def give(source: str, address: str, folder: Path) -> str:
    """Write the address to one of the places that Prefect knows; what the message must call that."""
    if source == "environment":
        return "the environment variable PREFECT_API_URL; unset PREFECT_API_URL"
    if source == "profile":
        profiles = folder.parent / "home" / "profiles.toml"
        profiles.write_text(PROFILES.format(address), encoding="utf-8")
        return f"the profile 'ours' in {profiles}; run 'prefect profile use ephemeral'"
    name, text, setting = {
        ".env": (".env", f"PREFECT_API_URL={address}\n", "PREFECT_API_URL"),
        "prefect.toml": ("prefect.toml", f'[api]\nurl = "{address}"\n', "api.url"),
        "pyproject.toml": ("pyproject.toml", f'[tool.prefect.api]\nurl = "{address}"\n', "tool.prefect.api.url"),
    }[source]
    (folder / name).write_text(text, encoding="utf-8")
    return f"{setting} in {folder / name}; remove {setting} from that file"


def environment(source: str, address: str) -> dict[str, str]:
    given = {"PREFECT_API_URL": address} if source == "environment" else {}
    return {**os.environ, "PYTHONPATH": str(PROJECT), **given}


SOURCES = ("environment", ".env", "prefect.toml", "pyproject.toml", "profile")


@pytest.mark.parametrize("source", SOURCES)
def test_a_dead_server_ends_a_run_at_once_and_says_where_its_address_is_from(folder: Path, source: str) -> None:
    address = f"http://127.0.0.1:{free_port()}/api"
    origin = give(source, address, folder)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "run", "--store", "store"],
        env=environment(source, address),
        capture_output=True,
        text=True,
    )
    assert done.stderr == (
        f"latentfaces: the Prefect server {address} does not answer (Connection refused): start it and run the same "
        f"command again (finished work is kept); its address comes from {origin} to use a temporary server instead\n"
    )
    assert done.returncode == 1
    assert time.monotonic() - began < 30  # Prefect's own retries take more than a minute
    assert not (folder / "store").exists()


def test_prefect_takes_the_address_from_where_we_say(folder: Path) -> None:
    """From all places at once, in Prefect's order: what is found is what Prefect itself finds."""
    ask = "from prefect.settings import PREFECT_API_URL; print(PREFECT_API_URL.value())"
    for number, source in enumerate(reversed(SOURCES)):
        address = f"http://127.0.0.1:{number + 1}/api"
        give(source, address, folder)
        command, given = [sys.executable, "-c", ask], environment(source, address)
        done = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == address
        if source != "environment":
            found = find_setting("api.url")
            assert found is not None
            assert found.value == address


def test_another_profile_by_its_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give("profile", "http://127.0.0.1:9/api", folder)
    monkeypatch.setenv("PREFECT_PROFILE", "theirs")
    assert find_setting("api.url") is None
    monkeypatch.setenv("PREFECT_PROFILE", "ours")
    found = find_setting("api.url")
    assert found is not None
    assert found.undo == "unset PREFECT_PROFILE"
    assert found.origin.startswith("the profile 'ours' (PREFECT_PROFILE) in ")


def test_without_a_server_and_without_a_temporary_one(folder: Path) -> None:
    (folder / ".env").write_text("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE=false\n", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if "EPHEMERAL_ENABLED" not in name}
    command = [sys.executable, "-c", MAIN, "run", "--store", "store"]
    done = subprocess.run(command, env={**kept, "PYTHONPATH": str(PROJECT)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("latentfaces: there is no Prefect server to use: PREFECT_API_URL is not set, and ")


@pytest.mark.parametrize(
    "address", ["127.0.0.1:4200/api", "localhost:4200", "http://", "http://127.0.0.1:port/api", "ftp://host/api"]
)
def test_what_is_no_address(folder: Path, address: str) -> None:
    with pytest.raises(
        InputError, match=r"is not the address of a Prefect server, such as http://127\.0\.0\.1:4200/api"
    ):
        check_server(address)


def test_a_name_that_is_not_known(folder: Path) -> None:
    with pytest.raises(InputError, match=r"http://no-such-host\.invalid:4200/api does not answer \(.*[Nn]ame"):
        check_server("http://no-such-host.invalid:4200/api")


def test_passwords_are_not_repeated(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        check_server(f"http://ana:secret@127.0.0.1:{free_port()}/api")
    assert "secret" not in str(caught.value)


def test_a_living_server_says_its_version(prefect_server: str) -> None:
    assert check_server(prefect_server) == "3.8.8"
    assert check_server(f"{prefect_server}/") == "3.8.8"


@pytest.mark.parametrize("path", ["", "/", "/dashboard", "/api/v2"])
def test_the_right_address_of_a_server_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: str, path: str
) -> None:
    wrong = prefect_server.removesuffix("/api") + path
    monkeypatch.setenv("PREFECT_API_URL", wrong)
    with pytest.raises(InputError) as caught:
        check_server(wrong)
    assert str(caught.value) == (
        f"{wrong} is not the API of a Prefect server, but {prefect_server} is: correct the environment variable "
        "PREFECT_API_URL"
    )


class Answers(BaseHTTPRequestHandler):
    """Every request with the status that ``self.server`` was given."""

    def do_GET(self) -> None:
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, *arguments: object) -> None:
        pass


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def web(request: pytest.FixtureRequest) -> Iterator[str]:
    """A web server that is not Prefect's: of the files here, or one that answers all with a status."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files if request.param == "files" else Answers)
    server.status = request.param  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("web", "message"),
    [
        ("files", r"http://127\.0\.0\.1:\d+/api is not a Prefect server \(404 Not Found\): its"),
        (200, r"http://127\.0\.0\.1:\d+/api is not a Prefect server \(200 no version\): its"),
        (401, r"rejects the credentials \(401 Unauthorized\): correct PREFECT_API_AUTH_STRING or"),
        (502, r"http://127\.0\.0\.1:\d+/api does not answer \(502 Bad Gateway\): start it"),
    ],
    indirect=["web"],
)
def test_what_answers_but_is_no_server(folder: Path, web: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_server(web)


def test_one_that_listens_and_never_answers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.prefect_server.ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(InputError, match=r"does not answer \(timed out\)"):
            check_server(f"http://127.0.0.1:{silent.getsockname()[1]}/api")
