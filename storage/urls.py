"""Where a store can be: in a local folder, or below a prefix in a bucket."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

SCHEMES = ("s3", "gs", "az")
"""Object stores, each reached by obstore with conditional writes."""


def without_credentials(location: str) -> str:
    """``location`` itself. Raises ``ValueError`` if it carries a user name or password, without repeating them."""
    if re.match(r"\w[\w+.\-]*://[^/]*@", location):
        raise ValueError(
            "the store's URL contains a user name or password, which would end up in logs and in the server's "
            "database: remove it and set the credentials in the environment"
        )
    return location


def parse_location(location: str | Path) -> Path | str:
    """The absolute path of a local store, or the URL of a remote one without a slash at its end.

    Raises ``ValueError`` for a URL that carries credentials, names no bucket, or is of a kind that is not supported.
    """
    text = without_credentials(str(location)).removeprefix("file://")
    scheme, separator, _ = text.partition("://")
    if not separator:
        return Path(text).expanduser().resolve()
    # None of these repeats the whole URL before its query, which may hold a password, is known to be empty.
    if scheme not in SCHEMES:
        raise ValueError(f"{scheme}:// stores are not supported: use a local folder, or an s3://, gs:// or az:// URL")
    parts = urlsplit(text)
    if parts.query or parts.fragment:
        raise ValueError(
            f"the store's {scheme}:// URL contains a query or fragment: write {scheme}://bucket/prefix and set the "
            "credentials in the environment"
        )
    if not parts.netloc:
        raise ValueError(f"the store {text} names no bucket: write {scheme}://bucket/prefix")
    if ".." in parts.path.split("/"):
        raise ValueError(f"the store {text} has '..' in its path: write the path without it")
    return text.rstrip("/")
