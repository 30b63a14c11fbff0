"""Network streams against a server on this machine: one that serves, stops, hangs, refuses and comes back."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.camera import LiveSource, LiveUpdate, open_live
from app.cameras.causes import CameraError, Cause
from app.cameras.stream_checks import why_no_stream
from app.cameras.video_device import VideoDevice
from app.devices import public_address
from recognizers.types import SourceState
from tests.app.stream_server import StreamServer

PATIENCE_S = 40


@pytest.fixture
def server() -> Iterator[StreamServer]:
    server = StreamServer()
    yield server
    server.close()


def until(updates: Iterator[LiveUpdate], good: Callable[[LiveUpdate], bool]) -> LiveUpdate:
    """Return the first update that is good; fail after a long while."""
    end = time.monotonic() + PATIENCE_S
    for update in updates:
        if good(update):
            return update
        assert time.monotonic() < end, update.status
    raise AssertionError("the stream ended")


def lost(update: LiveUpdate) -> bool:
    return update.status.state is SourceState.LOST


def seen(update: LiveUpdate) -> bool:
    return update.frame is not None


def test_a_stream_that_hangs_and_goes_on(server: StreamServer) -> None:
    with LiveSource(VideoDevice(server.address), persistent=True, stale_s=0.5) as source:
        updates = source.updates()
        first = until(updates, seen).frame
        assert first is not None and first.image.shape == (48, 64, 3)
        assert source.given is not None and (source.given.width, source.given.rate) == (64, 0.0)
        server.hanging.set()
        update = until(updates, lost)
        assert update.status.cause == Cause.FROZEN and "No new picture" in update.status.message
        server.hanging.clear()
        until(updates, seen)


def test_a_stream_whose_server_stops_and_comes_back_with_another_size(server: StreamServer) -> None:
    with LiveSource(VideoDevice(server.address), persistent=True, retry_s=(0.1, 0.2)) as source:
        updates = source.updates()
        until(updates, seen)
        server.close()
        update = until(updates, lambda update: lost(update) and update.status.cause == Cause.REFUSED)
        assert update.status.message.endswith("; trying again") and str(server.port) in update.status.message
        second = StreamServer(server.port, size=(96, 64))
        try:
            frame = until(updates, seen).frame
            assert frame is not None and frame.image.shape == (64, 96, 3)
        finally:
            second.close()


def test_a_password_is_used_and_its_lack_is_told(server: StreamServer) -> None:
    place = f"127.0.0.1:{server.port}/locked"
    with open_live(f"http://me:secret@{place}") as source:
        until(source.updates(), seen)
    with open_live(f"http://me:guessed@{place}") as source, pytest.raises(CameraError, match="refuses this") as caught:
        list(source.updates())
    assert caught.value.cause is Cause.PASSWORD and "guessed" not in str(caught.value)
    with pytest.raises(CameraError, match="wants a user name and a password"):
        VideoDevice(f"http://{place}").open()


def test_a_stream_that_is_not_there_and_one_that_is_no_stream(server: StreamServer) -> None:
    with pytest.raises(CameraError, match="knows no such stream") as caught:
        VideoDevice(f"http://127.0.0.1:{server.port}/elsewhere").open()
    assert caught.value.cause is Cause.NOT_FOUND
    with pytest.raises(CameraError, match=r"cannot be opened\. Check the address") as caught:
        VideoDevice(f"http://127.0.0.1:{server.port}/page").open()
    assert caught.value.cause is Cause.FAILED


def test_closing_does_not_wait_for_a_stream_that_hangs(server: StreamServer) -> None:
    source = open_live(server.address, persistent=True)
    until(source.updates(), seen)
    server.hanging.set()
    time.sleep(0.1)
    begin = time.monotonic()
    source.close()
    assert time.monotonic() - begin < 3, "a second, on a machine that is not busy"


class Listener:
    """A host that takes one call, hears the question and gives one answer."""

    def __init__(self, answer: bytes | None) -> None:
        self.heard = b""
        self._answer = answer
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        call, _ = self._door.accept()
        with call:
            self.heard = call.recv(4096)
            if self._answer is None:
                self._done.wait(20)
            else:
                call.sendall(self._answer)

    def close(self) -> None:
        self._done.set()
        self._thread.join()
        self._door.close()


@pytest.mark.parametrize(
    ("answer", "cause", "words"),
    [
        (b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", Cause.PASSWORD, "refuses this user name"),
        (b"RTSP/1.0 404 Stream Not Found\r\n\r\n", Cause.NOT_FOUND, "no such stream"),
        (b"RTSP/1.0 200 OK\r\n\r\n", Cause.FAILED, "cannot be opened"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Cause.FAILED, "cannot be opened"),
        (None, Cause.SILENT, "does not answer"),
    ],
)
def test_an_rtsp_camera_is_asked(answer: bytes | None, cause: Cause, words: str) -> None:
    host = Listener(answer)
    error = why_no_stream(f"rtsp://me:secret@127.0.0.1:{host.port}/ch0?a=b", timeout_s=0.3)
    host.close()
    assert error.cause is cause and words in error.problem and error.remedy
    assert host.heard.startswith(f"DESCRIBE rtsp://127.0.0.1:{host.port}/ch0?a=b RTSP/1.0\r\n".encode())
    assert "secret" not in str(error)


def test_names_that_nobody_knows_and_ports_where_nobody_is() -> None:
    error = why_no_stream("rtsp://no-such-host.invalid/live")
    assert error.cause is Cause.UNREACHABLE and "no-such-host.invalid" in error.problem
    assert why_no_stream(f"rtsp://{'a' * 70}/live").cause is Cause.UNREACHABLE, "no name is so long"
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    assert why_no_stream(f"http://127.0.0.1:{port}/a", was_there=True).cause is Cause.REFUSED


@pytest.mark.parametrize(
    "address",
    ["udp://@:1234", "rtsp://host:99999/a", "rtsp:///a", "srt://127.0.0.1:0", "rtsp://me:secret@[oops", "rtsp://h:x/"],
)
def test_addresses_behind_which_nobody_can_be_asked(address: str) -> None:
    error = why_no_stream(address, timeout_s=0.3)
    assert error.problem and error.remedy and "secret" not in str(error)
    assert VideoDevice(address).name == public_address(address)


def test_a_stream_that_hangs_does_not_keep_the_process(server: StreamServer) -> None:
    program = (
        "import sys; from app.camera import open_live\n"
        "source = open_live(sys.argv[1], persistent=True)\n"
        "for update in source.updates():\n"
        "    if update.frame is not None: print('seen', flush=True)\n"
        "    if update.status.cause == 'frozen': break\n"
        "source.close()"
    )
    call = [sys.executable, "-c", program, server.address]
    with subprocess.Popen(call, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "seen\n"
        server.hanging.set()
        assert process.wait(PATIENCE_S) == 0
