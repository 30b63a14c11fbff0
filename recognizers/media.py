"""What a file really is, told from its first bytes; a file's extension is only a hint."""

from __future__ import annotations

import enum
import errno
import os
import stat
from pathlib import Path

from recognizers.errors import SourceError

HEAD_BYTES = 4096
"""How much of a file is enough to tell what it is."""

_PHOTO_WORDS = "jpg jpeg jpe jfif png bmp dib webp tif tiff jp2 ppm pgm pbm avif heic heif gif"
PHOTO_SUFFIXES = frozenset(f".{word}" for word in _PHOTO_WORDS.split())
_VIDEO_WORDS = "mp4 m4v mov qt avi webm mkv mpg mpeg ts mts m2ts wmv flv 3gp 3g2 ogv ogg"
VIDEO_SUFFIXES = frozenset(f".{word}" for word in _VIDEO_WORDS.split())
CLIP_SUFFIX = ".npz"

_PHOTO_BRANDS = frozenset([b"avif", b"avis"])
_HEIC_BRANDS = frozenset([b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"])
_PHOTO_HEADS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",
)
_VIDEO_HEADS = (
    b"\x1aE\xdf\xa3",
    b"\x00\x00\x01\xba",
    b"\x00\x00\x01\xb3",
    b"FLV\x01",
    b"0&\xb2u\x8ef\xcf\x11",
    b"OggS",
)
_MOV_ATOMS = frozenset([b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"])


class Media(enum.Enum):
    """What the first bytes of a file say."""

    PHOTO = "a photo"
    GIF = "a GIF"
    VIDEO = "a video"
    CLIP = "a clip"
    HEIC = "a HEIC photo"
    TEXT = "text"
    UNKNOWN = "unknown data"


def sniff(head: bytes) -> Media:  # noqa: PLR0911 - one line a family of formats
    """Tell what a file is from its first `HEAD_BYTES` bytes (or all of a shorter file)."""
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Media.GIF
    if head.startswith(b"PK\x03\x04"):
        return Media.CLIP
    if head.startswith(b"RIFF") and len(head) >= 12:
        return {b"WEBP": Media.PHOTO, b"AVI ": Media.VIDEO}.get(head[8:12], Media.UNKNOWN)
    if head[4:8] == b"ftyp" and head[8:12] in _PHOTO_BRANDS:
        return Media.PHOTO
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return Media.HEIC
    if head.startswith(_PHOTO_HEADS) or _is_bitmap(head):
        return Media.PHOTO
    if head.startswith(_VIDEO_HEADS) or head[4:8] in _MOV_ATOMS or _is_transport_stream(head):
        return Media.VIDEO
    return Media.TEXT if _is_text(head) else Media.UNKNOWN


def _is_bitmap(head: bytes) -> bool:
    if head.startswith(b"BM") and len(head) >= 18:
        return int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)
    return len(head) > 2 and head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace()


def _is_transport_stream(head: bytes) -> bool:
    plain = len(head) > 376 and head[0] == head[188] == head[376] == 0x47
    bluray = len(head) > 388 and head[4] == head[196] == head[388] == 0x47
    return plain or bluray


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("utf-8")  # a character cut in two at the end
    return bool(text) and all(character.isprintable() or character.isspace() for character in text)


def gif_is_animated(data: bytes) -> bool:
    """Tell whether a GIF holds more than one picture (GIF89a specification, sections 18 to 26)."""
    if len(data) < 13:
        return False
    position = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    pictures = 0
    while position < len(data):
        block = data[position]
        if block == 0x2C and position + 9 < len(data):
            pictures += 1
            if pictures > 1:
                return True
            packed = data[position + 9]
            position += 10 + (3 << (packed & 7) + 1 if packed & 0x80 else 0) + 1
        elif block == 0x21:
            position += 2
        else:
            break
        while position < len(data) and data[position]:
            position += data[position] + 1
        position += 1
    return False


def check_file(path: Path) -> None:
    """Check that `path` is a regular file with something in it that may be read.

    Raises:
        SourceError: it is not; the line says what it is instead.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError("is a folder, not a file", where=path)
        if not stat.S_ISREG(status.st_mode):
            raise SourceError("is not a regular file", where=path)
        if status.st_size == 0:
            raise SourceError("the file is empty", where=path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not os.access(path, os.R_OK):
        raise SourceError("may not be read", where=path, remedy="Check the file's permissions")


def unreadable(path: Path, error: OSError | ValueError) -> SourceError:
    """Return the error that says in one line why the system refused `path`."""
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return SourceError("is not a path", where=repr(str(path)))
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceError("there is no such file or folder", where=path)
    if isinstance(error, PermissionError):
        return SourceError("may not be read", where=path, remedy="Check its permissions")
    if error.errno == errno.ENAMETOOLONG:
        return SourceError("the path is too long", where=f"{str(path)[:60]}...")
    return SourceError(f"cannot be read: {error.strerror or error}", where=path)


def read_head(path: Path) -> bytes:
    """Return the first `HEAD_BYTES` bytes of a file.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def media_of(path: Path) -> Media:
    """Tell what a checked file holds.

    A GIF with one picture is a photo, with more a video.

    Raises:
        SourceError: it cannot be read.
    """
    kind = sniff(read_head(path))
    if kind is not Media.GIF:
        return kind
    try:
        return Media.VIDEO if gif_is_animated(path.read_bytes()) else Media.PHOTO
    except OSError as error:
        raise unreadable(path, error) from error
