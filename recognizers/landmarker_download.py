"""Brings the members of the landmark model files: from their official address, a wheel, or a folder.

All network use goes through `privacy.user_environment()`: the proxies that keep MediaPipe's usage reports in
must not keep our own downloads in. Everything lands in memory or in a temporary folder;
`landmarker_store.store` checks it and puts it in its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from recognizers import landmarker_store, privacy
from recognizers.errors import LandmarkerFileError
from recognizers.landmarker_catalog import FILES, LandmarkerFile
from recognizers.landmarker_store import Progress

CONNECT_SECONDS = 5.0
"""How long the official address may stay silent before the wheel is tried."""

WHEEL = "mediapipe==0.10.21"
PIP_DOWNLOAD = (
    *("-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
    *("--python-version", "3.12", "--implementation", "cp", "--abi", "cp312"),
    *("--platform", "manylinux_2_28_x86_64"),
    *("--disable-pip-version-check", "--no-input", "--quiet", "--retries", "1"),
)
"""Works from any Python and any system: the wheel is only opened, never installed."""

_CHUNK = 1 << 18
_OVERHEAD = 1 << 16
"""How much larger than its members an archive may be before it is not what we asked for."""

_PARTS = (".task", ".tflite", ".binarypb", ".whl", ".zip")
_FAILURES = (
    OSError,  # urllib's own errors are among these
    http.client.HTTPException,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
)
"""What the network and a broken archive can raise."""


def download(file: LandmarkerFile, progress: Progress | None) -> None:
    """Fetch a landmark model file: first from its official address, then out of the mediapipe wheel.

    Raises:
        LandmarkerFileError: neither can be had; says what was tried and what to do.
    """
    tried: list[str] = []
    if file.address is not None:
        try:
            _from_address(file, file.address, progress)
            return
        except (LandmarkerFileError, *_FAILURES) as error:
            tried.append(f"{urlsplit(file.address).hostname}: {_reason(error)}")
    if all(member.in_wheel for member in file.members.values()):
        try:
            _from_wheel(file, progress)
            return
        except (LandmarkerFileError, *_FAILURES) as error:
            tried.append(f"{WHEEL} through pip: {_reason(error)}")
    fault = "damaged" if file.path.exists() else "not on this machine"
    raise LandmarkerFileError(
        f"{fault}, and it cannot be fetched (tried {'; '.join(tried)})",
        where=f"landmark model {file.file} ({file.title})",
        remedy=file.remedy,
    )


def take_from_folder(folder: Path, progress: Progress | None) -> dict[str, Path]:
    """Take whatever a folder holds: models, their members, archives of them, or a mediapipe wheel.

    Names do not matter, contents do. Files that are already in place and whole are left alone.

    Returns:
        The names of the landmark model files taken, and where from.

    Raises:
        LandmarkerFileError: the folder cannot be read or holds nothing of use.
    """
    try:
        places = sorted(p for p in folder.iterdir() if p.suffix.lower() in _PARTS and p.is_file())
    except OSError as error:
        raise LandmarkerFileError(f"cannot be read: {error.strerror}", where=folder) from None
    wanted = {m.sha256: m.size for file in FILES.values() for m in file.members.values()}
    found: dict[str, tuple[bytes, Path]] = {}
    for place in places:
        for data in _contents(place, set(wanted.values())):
            digest = hashlib.sha256(data).hexdigest()
            if digest in wanted:
                found.setdefault(digest, (data, place))
    taken: dict[str, Path] = {}
    useful = False
    for name, file in FILES.items():
        if all(member.sha256 in found for member in file.members.values()):
            members = {part: found[member.sha256] for part, member in file.members.items()}
            useful = True
            if landmarker_store.state(file) != "ok":
                landmarker_store.store(file, {part: data for part, (data, _) in members.items()})
                taken[name] = next(place for _, place in members.values())
                _say(progress, f"{file.title}: taken from {taken[name]}")
    if not useful:
        raise LandmarkerFileError(
            "holds no landmark model that Mudra knows",
            where=folder,
            expected="hand_landmarker.task, face_landmarker.task or the mediapipe 0.10.21 wheel",
            found=", ".join(place.name for place in places[:5]) or "no file of that kind",
        )
    return taken


def _from_address(file: LandmarkerFile, address: str, progress: Progress | None) -> None:
    limit = sum(member.size for member in file.members.values()) + _OVERHEAD
    line = f"{file.title}: fetching from {urlsplit(address).hostname}"
    received = io.BytesIO()
    _say(progress, line)
    with _opener(address).open(address, timeout=CONNECT_SECONDS) as response:
        stated = response.headers.get("Content-Length", "")
        total = int(stated) if stated.isdigit() else None
        while chunk := response.read(_CHUNK):
            received.write(chunk)
            if received.tell() > limit:
                raise LandmarkerFileError("sent more than the file holds", where=file.title)
            if total is not None:
                _say(progress, line, received.tell(), total)
    if total is not None and received.tell() != total:
        raise LandmarkerFileError(
            "the download was interrupted", where=file.title, expected=f"{total} bytes", found=received.tell()
        )
    with zipfile.ZipFile(received) as archive:
        members = {name: _member(archive, name, member.size) for name, member in file.members.items()}
    landmarker_store.store(file, members)


def _from_wheel(file: LandmarkerFile, progress: Progress | None) -> None:
    """Fetch the wheel and take all that is missing out of it, since it is large."""
    with tempfile.TemporaryDirectory(prefix="mudra-wheel-") as folder:
        wheel = _download_wheel(Path(folder), f"{file.title}: fetching {WHEEL} (36 MB) through pip", progress)
        with zipfile.ZipFile(wheel) as archive:
            places = {name.rpartition("/")[2]: name for name in archive.namelist()}
            for other in FILES.values():
                in_wheel = {name: member.in_wheel for name, member in other.members.items()}
                if other is not file and (None in in_wheel.values() or landmarker_store.state(other) == "ok"):
                    continue
                members = {
                    name: _member(archive, places.get(part or "", part or ""), other.members[name].size)
                    for name, part in in_wheel.items()
                }
                landmarker_store.store(other, members)


def _download_wheel(folder: Path, line: str, progress: Progress | None) -> Path:
    """Run pip in a process of its own and tell how far the file has grown."""
    _say(progress, line)
    command = [sys.executable, *PIP_DOWNLOAD, "-d", str(folder), WHEEL]
    done = subprocess.run(
        command,
        env=privacy.user_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    wheels = list(folder.glob("mediapipe-*.whl"))
    if done.returncode != 0 or not wheels:
        raise LandmarkerFileError(_last_line(done.stderr))
    _say(progress, line, wheels[0].stat().st_size, wheels[0].stat().st_size)
    return wheels[0]


def _last_line(text: str) -> str:
    """Return pip's own reason: its last line that says ERROR, or else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    chosen = (errors or lines or ["pip gave no reason"])[-1]
    return chosen.removeprefix("ERROR: ")[:200]


def _opener(address: str) -> urllib.request.OpenerDirector:
    """Return an opener that uses the user's proxies, whatever this process's environment says by now."""
    environment = privacy.user_environment()
    proxies = _proxies(environment)
    host = urlsplit(address).netloc
    if proxies and urllib.request.proxy_bypass_environment(host, proxies):  # type: ignore[attr-defined]
        proxies = {}
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies))


def _proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies of an environment by scheme (lower-case names win), or else those of the system."""
    proxies: dict[str, str] = {}
    for name, value in sorted(environment.items()):  # Upper case sorts before lower case.
        if name.lower().endswith("_proxy") and value:
            proxies[name.lower().removesuffix("_proxy")] = value
    if not set(proxies) - {"no"}:
        for system in ("getproxies_registry", "getproxies_macosx_sysconf"):
            if hasattr(urllib.request, system):
                return dict(getattr(urllib.request, system)())
    return proxies


def _contents(place: Path, sizes: set[int]) -> Iterator[bytes]:
    """Yield the file, or the members of an archive, of one of the sizes; broken ones yield nothing."""
    with contextlib.suppress(*_FAILURES):
        if place.stat().st_size in sizes:
            yield place.read_bytes()
        if zipfile.is_zipfile(place):
            with zipfile.ZipFile(place) as archive:
                for info in archive.infolist():
                    if info.file_size in sizes:
                        with contextlib.suppress(*_FAILURES):
                            yield archive.read(info)


def _member(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    """Return a member's bytes; one that claims another size is not even unpacked."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise LandmarkerFileError("a network is missing", expected=name) from None
    if info.file_size != size:
        raise LandmarkerFileError(f"{name} is not the right one", expected=f"{size} bytes", found=info.file_size)
    return archive.read(info)


def _say(progress: Progress | None, line: str, done: int = 0, total: int | None = None) -> None:
    if progress is not None:
        progress(line, done, total)


def _reason(error: BaseException) -> str:
    """Return one clause on why a fetch failed."""
    if isinstance(error, LandmarkerFileError):
        return str(error).rstrip(".")
    if isinstance(error, zipfile.BadZipFile | zlib.error | NotImplementedError | EOFError):
        return "what came is not the archive it should be"
    reason = getattr(error, "reason", None) or error
    return str(getattr(reason, "strerror", None) or reason) or type(error).__name__
