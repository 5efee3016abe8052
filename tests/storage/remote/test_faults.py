"""The messages that docs/remote.md quotes, each made by the fault that it is about, on a real S3 endpoint."""

import re
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from storage.failure import StoreFailed
from storage.files import write_bytes
from storage.keys import PROJECT
from storage.opening import find_store, open_store
from storage.record import RECORD
from storage.remote.store import RemoteStore
from storage.store import Store
from tests.endpoint import KEY_ID, SECRET, Endpoint, running_endpoint
from tests.server import free_port
from tests.storage.records import KEY, record

STORE = "s3://bucket/p"
Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as started:
        started.bucket("bucket")
        yield started


def _check_identities(endpoint: Endpoint, after: int) -> None:
    """Have moto check who asks, after so many more requests."""
    address, headers = f"{endpoint.address}/moto-api/reset-auth", {"Content-Type": "text/plain"}
    request = urllib.request.Request(address, str(after).encode(), headers, method="POST")
    urllib.request.urlopen(request, timeout=10).close()


def _no_bucket(endpoint: Endpoint, patch: Patch) -> None:
    open_store("s3://bukcet/p")


def _no_credentials(endpoint: Endpoint, patch: Patch) -> None:
    patch.delenv("AWS_ACCESS_KEY_ID")
    patch.delenv("AWS_SECRET_ACCESS_KEY")
    # The service of a cloud machine that is not one: nobody listens there.
    patch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")
    open_store(STORE)


def _wrong_credentials(endpoint: Endpoint, patch: Patch) -> None:
    _check_identities(endpoint, 0)
    open_store(STORE)


def _no_rights(endpoint: Endpoint, patch: Patch) -> None:
    iam = endpoint.client("iam")
    iam.create_user(UserName="nobody")
    keys = iam.create_access_key(UserName="nobody")["AccessKey"]
    patch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    _check_identities(endpoint, 0)
    open_store(STORE)


def _not_reachable(endpoint: Endpoint, patch: Patch) -> None:
    patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    find_store(STORE).is_complete("latents", KEY)


def _made() -> Store:
    store = find_store(STORE)
    with store.writing("latents", KEY) as in_record:
        write_bytes(store.folder("latents", KEY) / "z", b"points")
    store.write(f"latents/{KEY}/{RECORD}", record({"facts": {}, **in_record}))
    return store


def _damaged(endpoint: Endpoint, patch: Patch) -> None:
    store = _made()
    store.write(f"latents/{KEY}/z", b"pointz")
    (store.folder("latents", KEY) / "z").unlink()
    store.fetch("latents", KEY)


def _missing(endpoint: Endpoint, patch: Patch) -> None:
    store = _made()
    assert isinstance(store, RemoteStore)
    store.objects.delete([f"latents/{KEY}/z"])
    (store.folder("latents", KEY) / "z").unlink()
    store.fetch("latents", KEY)


FAULTS: dict[str, Callable[[Endpoint, Patch], object]] = {
    "no such bucket": _no_bucket,
    "no credentials": _no_credentials,
    "wrong or expired ones": _wrong_credentials,
    "missing rights": _no_rights,
    "not reachable, at the start or later": _not_reachable,
    "a damaged file": _damaged,
    "a missing file": _missing,
    "a password in the URL": lambda endpoint, patch: find_store("s3://name:hush@bucket/p"),
    "a query in the URL": lambda endpoint, patch: find_store("s3://bucket/p?token=hush"),
    "another kind of store": lambda endpoint, patch: find_store("sftp://host/p"),
}


def quoted() -> dict[str, str]:
    """The table under "When something is wrong": the message that it quotes, by what is wrong."""
    text = (PROJECT / "docs" / "remote.md").read_text().partition("## When something is wrong")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| (.+?) \| `(.+?)`.* \|$", text, re.MULTILINE))


def test_all_of_them_are_tried() -> None:
    assert list(quoted()) == list(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_page_quotes_is_said(endpoint: Endpoint, fault: str, bucket: str, monkeypatch: Patch) -> None:
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)
    try:
        with pytest.raises((StoreFailed, ValueError)) as raised:
            FAULTS[fault](endpoint, monkeypatch)
    finally:
        _check_identities(endpoint, 10**9)
    said = str(raised.value)
    pattern = re.escape(quoted()[fault]).replace("…", "[^ ]+").replace("9000", r"\d+")
    assert re.fullmatch(pattern, said), said
    assert not any(secret in said for secret in (SECRET, KEY_ID, "hush"))
