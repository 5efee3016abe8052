"""What stands before the explorer: only requests that a page of its own can have made, and none that are too large."""

from __future__ import annotations

import ipaddress
import json
import socket
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 256 * 1024
"""Bytes; the largest state, a z of 4,096 components and as many moves, takes less."""

HEADERS = (
    (b"content-security-policy", b"default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


def own_name(host: str, bound_to: str) -> bool:
    """Whether a ``Host`` header names this server itself: an address, this machine's name, or what it is bound to.

    A page of another site that has its own name point here (DNS rebinding) sends that name, and is refused.
    """
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    if name in ("localhost", bound_to.lower(), socket.gethostname().lower()):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Refuses foreign hosts and origins and large bodies, and adds headers that keep the page to itself."""

    def __init__(self, app: ASGIApp, bound_to: str) -> None:
        self._app, self._bound_to = app, bound_to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refusal({name: value.decode("latin-1") for name, value in scope["headers"]})
        if refused:
            await _answer(send, *refused)
            return
        body, rest = await _whole_body(receive)
        if body is None:
            await _answer(send, 413, f"the request is larger than {LARGEST_BODY} bytes")
            return

        async def replay() -> Message:
            nonlocal body
            if body is None:
                return await rest()
            message: Message = {"type": "http.request", "body": body, "more_body": False}
            body = None
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self._app(scope, replay, with_headers)

    def _refusal(self, headers: dict[bytes, str]) -> tuple[int, str] | None:
        try:
            if not own_name(headers.get(b"host", ""), self._bound_to):
                return 421, "the Host header names another server"
            origin = headers.get(b"origin")
            if origin is not None and urlsplit(origin).netloc != headers.get(b"host"):
                return 403, "requests from pages of other sites are refused"
        except ValueError:
            return 400, "the Host or Origin header is malformed"
        return None


async def _whole_body(receive: Receive) -> tuple[bytes | None, Receive]:
    """The request's body, or None if it is too large."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body, receive
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None, receive
        if not message.get("more_body", False):
            return body, receive


async def _answer(send: Send, status: int, text: str) -> None:
    content = json.dumps({"error": text}).encode()
    headers: list[Any] = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS]})
    await send({"type": "http.response.body", "body": content})
