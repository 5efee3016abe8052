"""What the two kinds of remote store promise, on a real S3 endpoint and on an fsspec file system."""

import json
import secrets
import urllib.request
from pathlib import Path

import pytest

from storage.remote import Remote, checked_url, open_remote
from storage.store import StoreFailure, open_store
from tests.endpoint import KEY_ID, SECRET, Endpoint, running_endpoint


@pytest.fixture(params=["s3", "memory"])
def remote(request: pytest.FixtureRequest, bucket: str) -> Remote:
    return open_remote(f"s3://{bucket}/a/b" if request.param == "s3" else f"memory://{bucket}/a/b")


def test_files_come_back_as_they_went(remote: Remote, tmp_path: Path) -> None:
    large, back = tmp_path / "large", tmp_path / "back"
    large.write_bytes(secrets.token_bytes(12 * 2**20))
    remote.check()
    version = remote.upload(large, "model/x/large")
    assert remote.download("model/x/large", back) == version
    assert back.read_bytes() == large.read_bytes()
    first = remote.write("model/x/small", b"one")
    second = remote.write("model/x/small", b"two")
    assert first != second
    assert remote.read("model/x/small") == (b"two", second)
    assert remote.exists("model/x/small")
    assert not remote.exists("model/x/absent")
    assert remote.listing("model/x").keys() == {"large", "small"}
    assert remote.listing("model/x")["large"].size == 12 * 2**20
    assert remote.folders() == ["model"]
    assert remote.folders("model") == ["x"]
    remote.remove(["model/x/small", "model/x/absent"])
    assert remote.listing("model/x").keys() == {"large"}
    with pytest.raises(FileNotFoundError):
        remote.read("model/x/small")
    assert remote.listing("nothing") == {}
    assert remote.folders("nothing") == []


def test_swaps_are_conditional(bucket: str) -> None:
    remote = open_remote(f"s3://{bucket}/p")
    first = remote.swap("lease", b"1", None)
    assert first is not None
    assert remote.swap("lease", b"2", None) is None
    second = remote.swap("lease", b"3", first)
    assert second not in (None, first)
    assert remote.swap("lease", b"4", first) is None
    assert remote.read("lease") == (b"3", second)


@pytest.mark.parametrize("url", ["s3://id:hush@bucket/p", "s3://hush@bucket/p", "s3://bucket/p?token=hush"])
def test_urls_with_credentials_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="credentials in the environment") as refused:
        checked_url(url)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "message"), [("s3://", "names no place"), ("s3://bucket/../x", "'..'"), ("nonsense://x/y", "nonsense")]
)
def test_urls_that_name_nothing(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_remote(url)


def test_a_missing_bucket_is_named(bucket: str) -> None:
    with pytest.raises(StoreFailure, match=r"there is no bucket 'no-such-bucket'; make it, or correct --store"):
        open_store("s3://no-such-bucket/p")
    with pytest.raises(StoreFailure, match="there is no bucket"):
        open_remote("s3://no-such-bucket/p").write("x", b"")


def test_no_credentials_in_the_environment(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    # The service of a cloud machine that is not one: nobody listens there.
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(StoreFailure, match=r"no credentials in the environment; set AWS_ACCESS_KEY_ID"):
        open_store(f"s3://{bucket}/p")


def test_an_endpoint_that_is_not_there(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreFailure, match=r"cannot be reached at http://127.0.0.1:9 .* the same command continues"):
        open_store(f"s3://{bucket}/p")


def test_wrong_credentials_and_denied_access() -> None:
    """With moto's checks of identity on, which need a server of their own."""
    with running_endpoint() as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, value in endpoint.environment.items():
            patch.setenv(name, value)
        endpoint.bucket("guarded")
        keys = _user_without_rights(endpoint)
        request = urllib.request.Request(
            f"{endpoint.address}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}, method="POST"
        )
        urllib.request.urlopen(request, timeout=10)
        with pytest.raises(StoreFailure, match="does not accept the credentials in the environment") as refused:
            open_store("s3://guarded/p")
        patch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
        patch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
        with pytest.raises(StoreFailure, match=r"access denied .* need the rights to list, read") as denied:
            open_store("s3://guarded/p")
    told = json.dumps([str(refused.value), str(denied.value)])
    assert not any(secret in told for secret in (KEY_ID, SECRET, *keys.values()))


def _user_without_rights(endpoint: Endpoint) -> dict[str, str]:
    iam = endpoint.client("iam")
    iam.create_user(UserName="nobody")
    keys = iam.create_access_key(UserName="nobody")["AccessKey"]
    return {name: keys[name] for name in ("AccessKeyId", "SecretAccessKey")}
