"""Explains a failed request to an object store in one line that says what to do, from obstore's long messages."""

from __future__ import annotations

from urllib.parse import urlsplit

CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
}
"""The variables that hold credentials, by scheme."""

NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")
REJECTED = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "401 Unauthorized")
NO_CREDENTIALS = (
    "/latest/api/token",
    "/latest/meta-data/",
    "computeMetadata/v1",
    "metadata/identity/oauth2/token",
    "Account must be specified",
)
"""Parts of the messages after a cloud machine's own credential service was asked last, in vain."""


def is_missing_bucket(text: str) -> bool:
    """Whether ``text`` is about a whole bucket that is not there, and not about a file."""
    return any(name in text for name in NO_BUCKET)


def explain(text: str, action: str, url: str, endpoint: str | None) -> str:
    """What went wrong in ``action`` on the store at ``url``; little of obstore's ``text`` is passed on."""
    store, parts = f"the store {url}", urlsplit(url)
    if is_missing_bucket(text):
        return f"{store}: there is no bucket {parts.netloc!r}; create it, or correct --store"
    if any(word in text for word in REJECTED):
        return f"{store} rejects the credentials in the environment; set valid ones and run again"
    if any(word in text for word in NO_CREDENTIALS) or "credential" in text.lower():
        return f"{store}: no credentials in the environment; set {CREDENTIALS[parts.scheme]} and run again"
    if "AccessDenied" in text or "403 Forbidden" in text:
        return (
            f"{store}: access denied ({action}); the credentials in the environment need permission to list, read, "
            "write and delete there"
        )
    if "PermanentRedirect" in text or " 301 " in text or "AuthorizationHeaderMalformed" in text:
        return f"{store} is in another region; set AWS_REGION"
    address = f" at {endpoint}" if endpoint else ""
    again = "Run the same command again once it is back; finished work is kept"
    if "HTTP error" in text or "timed out" in text or "error sending request" in text:
        return f"{store} cannot be reached{address} ({action}). {again}"
    status = text.partition("status code: ")[2].partition(":")[0].strip()
    if status:
        return f"{store}{address} answers with status {status} ({action}). {again}"
    return f"{store}{address} failed ({action}: {text.splitlines()[0][:200]}). {again}"
