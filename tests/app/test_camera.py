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
from app.cameras.causes import CameraError, Cause
from app.cameras.listing import CameraInfo
from app.cameras.v4l2 import CameraFormat
from app.cameras.video_device import VideoDevice
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


ROOM = np.repeat(np.linspace(30, 220, 64, dtype=np.uint8)[None, :, None], 48, axis=0).repeat(3, axis=2)


def until(updates: Iterator[LiveUpdate], cause: str) -> LiveUpdate:
    """Return the first update with a cause."""
    for update in updates:
        if update.status.cause == cause:
            return update
    raise AssertionError(f"never {cause}")


def test_causes_of_a_loss_are_passed_on() -> None:
    acts = [Show(IMAGE, 2), Lose("camera 0 was unplugged", Cause.UNPLUGGED), Refuse("camera 0 is in use", Cause.BUSY)]
    with live(*acts, Show(IMAGE, 2)) as source:
        lost = [update.status for update in source.updates() if update.status.state is SourceState.LOST]
    assert [status.cause for status in lost] == [Cause.UNPLUGGED, Cause.BUSY]
    assert lost[0].message == "Camera 0 was unplugged; trying again"


def test_waiting_has_a_cause_too() -> None:
    with live(Show(IMAGE)) as source:
        assert source.status.cause == next(source.updates()).status.cause == Cause.OPENING


def test_dark_pictures_are_live_and_say_what_to_do() -> None:
    acts = [Show(ROOM, 60, 100, grain=True), Show(ROOM, 150, 100, 0.1, grain=True), Show(ROOM, 900, 100, grain=True)]
    with live(*acts) as source:
        updates = source.updates()
        dark = until(updates, Cause.DARK)
        assert dark.frame is not None and dark.status.state is SourceState.OK and "light" in dark.status.remedy
        good = until(updates, "")
        assert good.frame is not None and good.status.message == "", "it is gone when there is light"


def test_a_camera_that_waits_for_light_is_called_slow() -> None:
    device = FakeDevice([Show(ROOM, 400, 25, 0.6, grain=True)], given=CameraFormat(64, 48, 60.0, "MJPG"))
    with LiveSource(device) as source:
        slow = until(source.updates(), Cause.DARK_SLOW)
    assert slow.frame is not None and "pictures a second, because it is dark" in slow.status.message


def test_a_picture_that_stands_still_is_not_passed_on() -> None:
    acts = [Show(ROOM, 60, 100, grain=True), Show(ROOM, 150, 100), Show(ROOM, 20, 100, grain=True)]
    with LiveSource(FakeDevice(acts), stale_s=0.8) as source:
        updates = list(source.updates())
    assert states(updates)[1:] == [SourceState.OK, SourceState.LOST, SourceState.OK, SourceState.ENDED]
    lost, *_ = [update for update in updates if update.status.state is SourceState.LOST]
    assert lost.frame is None and lost.status.cause == Cause.FROZEN and "No new picture" in lost.status.message


def test_the_frozen_synthetic_signer_is_lost_and_the_idle_one_is_not() -> None:
    with LiveSource(SyntheticDevice("palm:2.6,freeze@700ms:1500ms,fps=60,size=160x120"), stale_s=0.8) as source:
        lost = [update for update in source.updates() if update.status.state is SourceState.LOST]
    assert lost and lost[0].t_ns > 0.7e9 and lost[0].status.cause == Cause.FROZEN
    with LiveSource(SyntheticDevice("palm:700ms,none:1600ms,fps=60,size=160x120"), stale_s=0.8) as source:
        assert all(update.status.state is not SourceState.LOST for update in source.updates())


@pytest.mark.parametrize("rate", [5.0, 120.0])
def test_slow_and_fast_cameras_are_ok(rate: float) -> None:
    with LiveSource(FakeDevice([Show(ROOM, round(rate * 1.4), rate, grain=True)]), stale_s=5.0) as source:
        updates = list(source.updates())
    assert states(updates) == [SourceState.WAITING, SourceState.OK, SourceState.ENDED]
    assert sum(update.frame is not None for update in updates) + updates[-1].dropped == round(rate * 1.4)


def test_another_size_midway() -> None:
    with live(Show(IMAGE, 3), Show(ROOM, 3), Lose(), Show(IMAGE, 2)) as source:
        shapes = [update.frame.image.shape[:2] for update in source.updates() if update.frame is not None]
    assert list(dict.fromkeys(shapes)) == [(4, 6), (48, 64)] and shapes[-1] == (4, 6)


def test_the_silence_is_told_in_steps() -> None:
    with live(Show(IMAGE, 2), Freeze(2.3)) as source:
        texts = [update.status.message for update in source.updates() if update.status.cause == Cause.FROZEN]
    assert (
        2 <= len(texts) <= 3
        and "for 0.4 s" in texts[0]
        and texts[-1] == "No new picture from the fake camera for 2 s; trying again"
    )


def test_the_pauses_between_tries_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    source = LiveSource(FakeDevice([Refuse()] * 6 + [Show(IMAGE), Lose(), Refuse(), Show(IMAGE)]), persistent=True)
    pauses: list[float] = []
    monkeypatch.setattr(source._stop, "wait", pauses.append)
    with source:
        list(source.updates())
    assert pauses == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 0.5, 1.0]


def test_a_tap_sees_every_picture_until_it_is_taken_off() -> None:
    seen: list[int] = []
    source = live(Show(IMAGE, 30, 200), Freeze(0.1), Show(IMAGE, 10, 200))
    untap = source.tap(lambda image, t_ns: seen.append(t_ns))
    with source:
        for update in source.updates():
            time.sleep(0.02)
            dropped = update.dropped
            if len(seen) >= 30:
                untap()
        assert dropped > 0, "the iteration is slower than the camera"
    assert len(seen) == 30 and seen == sorted(seen)


def test_what_was_asked_and_given_is_known() -> None:
    given = CameraFormat(640, 480, 30.0, "MJPG")
    source = LiveSource(FakeDevice([Show(IMAGE)], given=given))
    assert source.given == given and source.asked is None
    assert SyntheticDevice("palm,fps=25,size=320x240").given == CameraFormat(320, 240, 25.0, "")
