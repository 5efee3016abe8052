from pathlib import Path

import pytest

from storage.urls import parse_location


def test_a_folder_or_a_prefix_in_a_bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_location("store") == tmp_path / "store"
    assert parse_location("file:///data/store") == Path("/data/store")
    assert parse_location("~/store") == Path.home() / "store"
    for url in ("s3://bucket", "s3://bucket/a/b", "gs://bucket/a", "az://container/a"):
        assert parse_location(url) == parse_location(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    [
        "s3://id:hush@bucket/p",
        "s3://hush@bucket/p",
        "s3://bucket/p?token=hush",
        "gs://bucket/p#hush",
        "ftp://hush@host/p",
    ],
)
def test_urls_with_credentials_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="credentials in the environment") as refused:
        parse_location(url)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("url", ["memory://bucket/p", "sftp://host/p", "https://host/p?token=hush", "nonsense://x"])
def test_other_schemes_are_refused_with_those_that_there_are(url: str) -> None:
    scheme = url.partition("://")[0]
    message = f"^{scheme}:// stores are not supported: use a local folder, or an s3://, gs:// or az:// URL$"
    with pytest.raises(ValueError, match=message) as refused:
        parse_location(url)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "message"), [("s3://", "names no bucket"), ("gs:///p", "names no bucket"), ("s3://bucket/../x", "'..'")]
)
def test_urls_that_name_nothing(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_location(url)
