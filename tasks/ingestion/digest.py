"""The digest of a source: what makes its data set another one."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from tasks.compute.cores import available_cores
from tasks.compute.progress import Progress, no_progress
from tasks.ingestion.candidates import UnreadableImageError
from tasks.ingestion.parallel import in_order
from tasks.ingestion.source import Source


def digest(source: Source, progress: Progress = no_progress) -> str:
    """Digest (blake2b, 64 hexadecimal digits) of the images' names and bytes and of all that is known of them.

    Independent of where the files lie; a folder and a zip file of the same images have the same digest. The kind counts
    because it decides the crop. A file that cannot be read counts as such, so mending it changes the digest.
    """
    total = blake2b(source.kind.encode() + b"\n" + source.known.digest(source.names), digest_size=32)

    def entries(names: Sequence[str]) -> list[bytes]:
        return [_framed(name, _content_digest(source, name)) for name in names]

    groups = [source.names[start : start + 64] for start in range(0, len(source.names), 64)]
    done = 0
    for group, framed in zip(groups, in_order(entries, groups, available_cores(), 1000), strict=True):
        total.update(b"".join(framed))
        done += len(group)
        progress(done, len(source.names), "reading")
    return total.hexdigest()


def _framed(name: str, content: bytes) -> bytes:
    encoded = name.encode()
    return len(encoded).to_bytes(8, "little") + encoded + content


def _content_digest(source: Source, name: str) -> bytes:
    try:
        return b"i" + blake2b(source.read(name)).digest()
    except UnreadableImageError:
        return b"u" + bytes(blake2b.MAX_DIGEST_SIZE)
