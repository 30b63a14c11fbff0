"""Finds out why a network stream cannot be had, by knocking at its door."""

from __future__ import annotations

import base64
import re
import socket
from urllib.parse import SplitResult, unquote, urlsplit

from app.cameras.causes import CameraError, Cause
from app.devices import public_address

KNOCK_S = 2.0
_AGAIN = "Switch the camera off and on again"
_PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443, "http": 80, "https": 443}


def why_no_stream(address: str, *, was_there: bool = False, timeout_s: float = KNOCK_S) -> CameraError:
    """Say why a stream cannot be opened or read any more.

    Args:
        address: with or without user name and password; what is said never shows them.
        was_there: whether it has given pictures before.
        timeout_s: how long each step may take.
    """
    name = public_address(address)
    unknown = f"{name} {'gives no pictures any more' if was_there else 'cannot be opened'}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        host = port = None
    if not host or not port:
        return CameraError(Cause.FAILED, unknown, "Check the address and the network")
    try:
        with socket.create_connection((host, port), timeout_s) as door:
            return _answered(_status(door, parts), unknown, parts)
    except (socket.gaierror, UnicodeError):
        return CameraError(Cause.UNREACHABLE, f"{name}: nobody knows the name {host}")
    except ConnectionRefusedError:
        return CameraError(Cause.REFUSED, f"{name}: {host} takes no calls at port {port}")
    except OSError:
        return CameraError(Cause.UNREACHABLE, f"{name}: {host} cannot be reached at port {port}")


def _answered(status: int | None, unknown: str, parts: SplitResult) -> CameraError:
    """Return what the host's answer means: a status, 0 for one not understood, None for silence."""
    name = public_address(parts.geturl())
    if status is None:
        return CameraError(Cause.SILENT, f"{name}: {parts.hostname} is there and does not answer", _AGAIN)
    if status in (401, 403):
        given = parts.username is not None
        what = "refuses this user name or password" if given else "wants a user name and a password"
        return CameraError(Cause.PASSWORD, f"{name} {what}")
    if status == 404:
        return CameraError(Cause.NOT_FOUND, f"{name}: {parts.hostname} knows no such stream")
    return CameraError(Cause.FAILED, unknown, "Check the address: what it gives may be no video")


def _status(door: socket.socket, parts: SplitResult) -> int | None:
    """Ask politely for the stream; return the answer's number, 0 where none is understood, None without one."""
    scheme = parts.scheme.lower()
    if scheme not in ("http", "rtsp"):
        return 0  # behind TLS or another protocol: that somebody is there is all that is asked
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if scheme == "http":
        lines = [f"GET {path} HTTP/1.0", f"Host: {parts.netloc.rpartition('@')[2]}"]
    else:
        lines = [f"DESCRIBE {public_address(parts.geturl())} RTSP/1.0", "CSeq: 1", "Accept: application/sdp"]
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        lines.append(f"Authorization: Basic {base64.b64encode(pair).decode()}")
    door.sendall("\r\n".join([*lines, "", ""]).encode("utf-8"))
    try:
        answer = door.recv(64)
    except TimeoutError:
        return None
    found = re.match(rb"(?:HTTP|RTSP)/\d\.\d (\d{3})", answer)
    return int(found[1]) if found else 0
