"""The files of a zip file, read in place: nothing is ever unpacked to disk."""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from pathlib import Path

from tasks.ingestion.candidates import MAX_FILE_BYTES, UnreadableImageError, is_hidden
from tasks.stage.errors import InputError

_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, ..., length of name, length of extra field
_ENCRYPTED = 0x1

_HIDDEN = re.compile(r"(?:[^/]+/)*?\.[^/]+(?=/)")
"""The path of a hidden folder at the beginning of what lies in it."""

MAX_RATIO = 200
"""A member above 1 MiB that claims to inflate by more than this is taken for a decompression bomb."""


class ZipFiles:
    """Members of the zip file ``path``, by their path inside it. May be read from several threads at once.

    Members are read by position (``pread``) from one descriptor: no lock, and none of ``zipfile``'s shared state.
    Raises ``InputError`` if the file is no zip, damaged, encrypted, or compressed in a way that cannot be read.
    """

    linked: tuple[str, ...] = ()
    """Links are members like others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                listed = archive.infolist()
        except (zipfile.BadZipFile, struct.error, EOFError, UnicodeDecodeError, NotImplementedError) as error:
            raise InputError(
                f"{path} is not a complete zip file ({error}); it may be damaged or cut short: download it again"
            ) from error
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror})") from error
        named = [(_posix(member.filename), member) for member in listed]
        self.hidden = tuple(sorted({match[0] for name, _ in named if (match := _HIDDEN.match(name))}))
        named = [(name, member) for name, member in named if not member.is_dir() and not _is_foreign(name)]
        self._members = dict(named)
        self._refuse([member for _, member in named])
        self.names = tuple(sorted(self._members))
        self._file = os.open(path, os.O_RDONLY)

    def location(self, name: str) -> str:
        """Where the member lies, for messages."""
        return f"{self.path}: {name}"

    def _refuse(self, members: list[zipfile.ZipInfo]) -> None:
        """Raise ``InputError`` for an archive that cannot be read member by member, or is built to do harm."""
        for member in members:
            if member.flag_bits & _ENCRYPTED:
                raise InputError(
                    f"{self.path} is encrypted ({member.filename}); unpack it with its password and give the folder"
                )
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise InputError(
                    f"{self.path}: {member.filename} is compressed by method {member.compress_type}, only stored and "
                    "deflated members can be read in place; unpack it and give the folder"
                )
        if len(self._members) != len(members):
            raise InputError(f"{self.path} holds several files of the same name; repack it")
        if sum(member.compress_size for member in members) > self.path.stat().st_size:
            raise InputError(f"{self.path} has members that overlap, as in a decompression bomb; it is not read")

    def read(self, name: str) -> bytes:
        """The bytes of one member, at most 64 MiB. Raises ``UnreadableImageError`` if they are damaged or too many."""
        member = self._members[name]
        if member.file_size > MAX_FILE_BYTES or member.compress_size > MAX_FILE_BYTES:
            raise UnreadableImageError(f"larger than {MAX_FILE_BYTES // 2**20} MiB")
        if member.file_size > max(2**20, MAX_RATIO * member.compress_size):
            raise UnreadableImageError(f"would inflate more than {MAX_RATIO} times")
        content = self._compressed(member)
        if member.compress_type == zipfile.ZIP_DEFLATED:
            try:
                content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, member.file_size + 1)
            except zlib.error as error:
                raise UnreadableImageError("damaged in the zip file") from error
        if len(content) != member.file_size or zlib.crc32(content) != member.CRC:
            raise UnreadableImageError("damaged in the zip file")
        return content

    def _compressed(self, member: zipfile.ZipInfo) -> bytes:
        header = os.pread(self._file, _LOCAL_HEADER.size, member.header_offset)
        if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise UnreadableImageError("damaged in the zip file")
        _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        return os.pread(self._file, member.compress_size, start)

    def close(self) -> None:
        """Close the zip file."""
        os.close(self._file)


def _posix(name: str) -> str:
    """The name as it should be: some programs on Windows write backslashes, others begin at the folder itself."""
    return name.replace("\\", "/").removeprefix("./")


def _is_foreign(name: str) -> bool:
    """Whether a member is hidden, or would lie outside the folder that the archive is unpacked to."""
    return is_hidden(name) or ".." in name.split("/")
