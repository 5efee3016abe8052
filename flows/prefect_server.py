"""Checks that a Prefect server answers at the configured address, and explains it if none does."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flows.prefect_settings import Setting, find_setting
from tasks.stage.errors import InputError
from tasks.stage.server import wait_for_server

ANSWER_SECONDS = 15.0
"""How long a server that listens may take to answer: on a machine whose processors are all training, seconds."""

EXAMPLE = "http://127.0.0.1:4200/api"


def check_server(address: str) -> str:
    """The version of the Prefect server whose API is at ``address``; '' for Prefect's cloud.

    Raises ``InputError`` at once, which says what is wrong, where the address comes from and what to do.
    """
    if not _is_address(address):
        raise InputError(
            f"{_shown(address)} is not the address of a Prefect server, such as {EXAMPLE}: {_remedy(address)}"
        )
    try:
        wait_for_server(address, patiently=False)
    except OSError as error:
        raise InputError(unreachable(address, error.strerror or str(error))) from error
    from httpx import HTTPStatusError, RequestError

    try:
        version = _version(address)
    except HTTPStatusError as error:
        raise InputError(_rejection(address, error.response.status_code, error.response.reason_phrase)) from error
    except RequestError as error:
        raise InputError(unreachable(address, str(error) or type(error).__name__)) from error
    if version is None:
        raise InputError(_rejection(address, 200, "no version"))
    return version


def unreachable(address: str, reason: str) -> str:
    """What to say of a server that does not answer."""
    return (
        f"the Prefect server {_shown(address)} does not answer ({reason}): start it and run the same command again "
        f"(finished work is kept); {_remedy(address)}"
    )


def setting_of(address: str) -> Setting:
    """Where ``address`` was set, and how to do without it."""
    found = find_setting("api.url")
    return found if found and found.value == address else Setting(address, "Prefect's settings", "unset api.url there")


def _remedy(address: str) -> str:
    setting = setting_of(address)
    return f"its address comes from {setting.origin}; {setting.undo} to use a temporary server instead"


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        (parts.hostname or "").encode("idna")
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _shown(address: str) -> str:
    """Without a user name and a password."""
    scheme, separator, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def _version(address: str) -> str | None:
    """The server's version; '' for the cloud, which has none, None for what is no version of Prefect's.

    By Prefect's own client, for the sake of its credentials, proxies and certificates, but without its retries. Raises
    what ``httpx`` does.
    """
    from prefect import get_client
    from prefect.client.base import ServerType
    from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    with temporary_settings({PREFECT_API_URL: address, PREFECT_CLIENT_MAX_RETRIES: 0}):
        with get_client(sync_client=True, httpx_settings={"timeout": ANSWER_SECONDS}) as client:
            if client.server_type == ServerType.CLOUD:
                return ""
            try:
                version: Any = client.api_version()
            except ValueError:
                return None
            return version if isinstance(version, str) and version[:1].isdigit() else None


def _rejection(address: str, status: int, phrase: str) -> str:
    """What to say of a server that answers, but not as Prefect does."""
    said = f"{status} {phrase}"
    if status in (401, 403):
        return (
            f"the Prefect server {_shown(address)} rejects the credentials ({said}): correct "
            "PREFECT_API_AUTH_STRING or PREFECT_API_KEY"
        )
    if status >= 500:
        return unreachable(address, said)
    parts = urlsplit(address)
    for other in dict.fromkeys((f"{address.rstrip('/')}/api", f"{parts.scheme}://{parts.netloc}/api")):
        if other != address and _is_prefect(other):
            return (
                f"{_shown(address)} is not the API of a Prefect server, but {_shown(other)} is: correct "
                f"{setting_of(address).origin}"
            )
    return f"{_shown(address)} is not a Prefect server ({said}): {_remedy(address)}"


def _is_prefect(address: str) -> bool:
    from httpx import HTTPError

    try:
        return bool(_version(address))
    except HTTPError:
        return False
