"""Live sources: states, drops, losses, and that no thread is left."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise, takewhile

import numpy as np
import pytest

from app import camera
from app.camera import LiveSource, LiveUpdate, is_address, is_camera_number, open_live, probe_cameras
from app.camera_causes import CameraError
from app.camera_list import CameraInfo
from app.devices import (
    Act,
    FakeDevice,
    Freeze,
    Lose,
    Refuse,
    Show,
    SyntheticDevice,
    public_address,
)
from app.video_device import VideoDevice
from recognizers.errors import SourceError
from recognizers.types import ImageArray, SourceKind, SourceState

IMAGE = np.full((4, 6, 3), 9, np.uint8)
QUICK = {"stale_s": 0.4, "open_timeout_s": 0.3, "retry_s": (0.02, 0.1)}


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def live(*acts: Act, persistent: bool = False) -> LiveSource:
    return LiveSource(FakeDevice(list(acts)), persistent=persistent, **QUICK)  # type: ignore[arg-type]


def states(updates: list[LiveUpdate]) -> list[SourceState]:
    """Return the states in order, each once until it changes."""
    seen = [update.status.state for update in updates]
    return [state for n, state in enumerate(seen) if n == 0 or seen[n - 1] != state]


def test_a_stream_waits_is_ok_and_ends() -> None:
    with live(Show(IMAGE, 5, rate=50)) as source:
        assert source.kind is SourceKind.LIVE and source.status.state is SourceState.WAITING
        updates = list(source.updates())
    assert states(updates) == [SourceState.WAITING, SourceState.OK, SourceState.ENDED]
    frames = [update.frame for update in updates if update.frame is not None]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert all(first.t_ns < second.t_ns for first, second in pairwise(frames))
    assert all(0 <= update.age_ms < 1000 for update in updates)


def test_a_fast_stream_that_ends_at_once_still_ends() -> None:
    with live(Show(IMAGE, 1, rate=1000)) as source:
        updates = source.updates()
        next(updates)
        time.sleep(0.15)  # the picture and the end have both come by now
        rest = list(updates)
    assert states(rest) == [SourceState.OK, SourceState.ENDED]


def test_the_newest_frame_wins_and_late_ones_are_counted() -> None:
    with live(Show(IMAGE, 40, rate=100)) as source:
        seen = []
        for update in source.updates():
            if update.frame is not None:
                seen.append((update.frame.index, update.dropped))
                time.sleep(0.1)
    indices = [index for index, _ in seen]
    assert len(indices) < 20 and indices == sorted(indices) and indices[-1] == 39
    assert seen[-1][1] == 40 - len(indices)


def test_a_lost_camera_comes_back() -> None:
    with live(Show(IMAGE, 3), Lose("unplugged"), Refuse(), Refuse(), Show(IMAGE, 3)) as source:
        updates = list(source.updates())
    kinds = states(updates)
    assert kinds[:4] == [SourceState.WAITING, SourceState.OK, SourceState.LOST, SourceState.OK]
    lost = [update for update in updates if update.status.state is SourceState.LOST]
    assert all(update.frame is None for update in lost), "no picture is shown while there is none"
    assert lost[0].status.message == "Unplugged; trying again" and lost[0].status.remedy
    assert [u.frame.index for u in updates if u.frame is not None][-1] == 5


def test_silence_is_a_loss() -> None:
    with live(Show(IMAGE, 2), Freeze(0.4), Show(IMAGE, 2)) as source:
        updates = list(source.updates())
    assert states(updates) == [
        SourceState.WAITING,
        SourceState.OK,
        SourceState.LOST,
        SourceState.OK,
        SourceState.ENDED,
    ]


def test_a_camera_that_cannot_be_opened_is_an_error() -> None:
    with live(Refuse("no such camera")) as source, pytest.raises(SourceError, match=r"no such camera\. .+"):
        list(source.updates())


def test_a_camera_that_does_not_answer_is_an_error() -> None:
    with live(Freeze(0.6), Show(IMAGE)) as source, pytest.raises(SourceError, match="does not answer"):
        list(source.updates())


def test_a_persistent_source_keeps_trying() -> None:
    with live(*[Refuse()] * 3, Show(IMAGE, 2), persistent=True) as source:
        kinds = states(list(source.updates()))
    # Whether the waiting was seen before the first refusal is a race that nobody minds.
    assert kinds[-3:] == [SourceState.LOST, SourceState.OK, SourceState.ENDED]


def test_waiting_ends_when_it_is_over() -> None:
    with live(Freeze(0.25)) as source:
        begin = time.monotonic()
        list(source.updates(over=lambda: time.monotonic() - begin > 0.05))
        assert time.monotonic() - begin < 0.3


def test_close_ends_an_iteration_and_the_device() -> None:
    device = FakeDevice([Show(IMAGE, 10_000, rate=200)])
    source = LiveSource(device)
    frames = source.items()
    next(frames)
    assert device.is_open
    source.close()
    source.close()
    assert not device.is_open and list(frames) == []
    assert list(source.items()) == []


class Broken:
    """A device with a defect."""

    name = "broken"

    def open(self) -> None:
        raise ZeroDivisionError

    def read(self) -> ImageArray | None:
        return None

    def close(self) -> None:
        pass


def test_a_defect_in_the_thread_is_raised_where_it_is_seen() -> None:
    with LiveSource(Broken()) as source, pytest.raises(ZeroDivisionError):
        list(source.updates())


def test_the_synthetic_signer_as_a_camera() -> None:
    device = SyntheticDevice("palm:0.3,lost@0.1s,fps=20,size=160x120")
    device.open()
    images = list(takewhile(lambda image: image is not None, (read_or_none(device) for _ in range(10))))
    assert 1 <= len(images) <= 3 and images[0] is not None and images[0].shape == (120, 160, 3)
    with pytest.raises(SourceError, match="lost"):
        device.open()


def read_or_none(device: SyntheticDevice) -> ImageArray | None:
    try:
        return device.read()
    except SourceError:
        return None


def test_a_video_address_that_is_not_there() -> None:
    device = VideoDevice("http://127.0.0.1:9/none.mp4")
    with pytest.raises(CameraError, match=r"127\.0\.0\.1 takes no calls at port 9"):
        device.open()
    device.close()


@pytest.mark.parametrize(
    ("spec", "number", "address"),
    [
        ("0", True, False),
        ("12", True, False),
        ("123", False, False),
        ("-1", False, False),
        ("٣", False, False),
        ("rtsp://a/b", False, True),
        ("HTTP://a", False, True),
        ("file:///a", False, False),
        ("a.mp4", False, False),
    ],
)
def test_words_for_live_sources(spec: str, number: bool, address: bool) -> None:
    assert (is_camera_number(spec), is_address(spec)) == (number, address)


def test_a_password_is_never_shown() -> None:
    assert public_address("rtsp://me:secret@host:554/a?b=c") == "rtsp://host:554/a?b=c"
    assert "secret" not in open_live("rtsp://me:secret@host/a").name
    assert open_live("3").name == "camera 3"
    with pytest.raises(SourceError, match="not a live source"):
        open_live("a.mp4")


def test_probing_gives_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "list_cameras", lambda: [CameraInfo(0, "a"), CameraInfo(4, "b")])
    assert probe_cameras() == [0, 4]
