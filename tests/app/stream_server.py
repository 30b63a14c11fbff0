"""A network camera on this machine: pictures as MJPEG over HTTP, with faults at will."""

from __future__ import annotations

import base64
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

PASSWORD = "Basic " + base64.b64encode(b"me:secret").decode()


class StreamServer:
    """Serves a stream at /live, one that needs a password at /locked, and no other.

    Args:
        port: the port, or 0 for a free one.
        size: width and height of its pictures.
    """

    def __init__(self, port: int = 0, size: tuple[int, int] = (64, 48)) -> None:
        self.hanging = threading.Event()
        self.over = threading.Event()
        self.requests: list[str] = []
        self.connections: list[socket.socket] = []
        images = (np.full((size[1], size[0], 3), 90 + 5 * number, np.uint8) for number in range(8))
        self.pictures = [cv2.imencode(".jpg", image)[1].tobytes() for image in images]
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.owner = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="stream server")
        self._thread.start()

    @property
    def address(self) -> str:
        """The address of the stream."""
        return f"http://127.0.0.1:{self.port}/live"

    def close(self) -> None:
        """Hang up on everybody and stop."""
        self.over.set()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    owner: StreamServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who hangs up is expected."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        owner = self.server.owner
        owner.requests.append(self.path)
        owner.connections.append(self.connection)
        if self.path == "/locked" and self.headers.get("Authorization") != PASSWORD:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        if self.path == "/page":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>a camera's start page</html>")
            return
        if self.path not in ("/live", "/locked"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        number = 0
        while not owner.over.is_set():
            if owner.hanging.is_set():
                time.sleep(0.02)
                continue
            picture = owner.pictures[number % len(owner.pictures)]
            head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            self.wfile.write(head.encode() + picture + b"\r\n")
            number += 1
            time.sleep(0.02)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""
