from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognizers import landmarker_files
from recognizers.errors import LandmarkerFileError
from recognizers.landmarker import Landmarker
from recognizers.mediapipe_results import BLENDSHAPES, FACE_MESH_POINTS
from recognizers.synthetic import SyntheticSource
from recognizers.types import LEFT, RIGHT, FloatArray, Frame, ImageArray, Landmarks

SAMPLES = "media/mediapipe_samples"


def picture(path: Path) -> ImageArray:
    image: ImageArray = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return image


def video(path: Path, first: int = 0, last: int = 10_000, step_ns: int = 40_000_000) -> Iterator[Frame]:
    capture = cv2.VideoCapture(str(path))
    for index in range(last):
        found, image = capture.read()
        if not found:
            break
        if index >= first:
            yield Frame(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), index * step_ns, index)
    capture.release()


def same(one: Sequence[Landmarks], two: Sequence[Landmarks]) -> None:
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        for name in ("hands", "hands_world", "face_points"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def frames(script: str) -> list[Frame]:
    return list(SyntheticSource(script).items())


def test_a_hand_and_a_face_are_found_where_they_are() -> None:
    source = SyntheticSource("palm:1,fps=15")
    with Landmarker(face=True) as landmarker:
        found = [landmarker.detect(frame) for frame in source.items()]
    last = found[-1]
    assert last.image_size == source.script.size
    truth = source.truth(last.t_ns).hands
    np.testing.assert_allclose(last.hands[RIGHT, :, :2], truth[RIGHT, :, :2], atol=0.04)
    assert np.isnan(last.hands[LEFT]).all()
    assert 0.05 < np.ptp(last.hands_world[RIGHT, :, 1]) < 0.3, "metres"
    assert all(seen.face_found for seen in found)
    right_eye, left_eye, nose, mouth, right_ear, left_ear = last.face_points
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0], "the person's own right"
    assert right_eye[1] < nose[1] < mouth[1]
    assert last.face is last.blendshapes is last.pose is None
    assert last.sides_known


def test_only_what_is_asked_for_is_found() -> None:
    frame = frames("both-palm:0.8,fps=10")[-1]
    with Landmarker(stills=True, hands=0, face=True) as landmarker:
        seen = landmarker.detect(frame)
        assert seen.face_found
        assert not seen.hands_found.any()
        assert landmarker.identity.startswith("mediapipe-")
        assert "hand" not in landmarker.identity
    with Landmarker(stills=True, hands=1) as landmarker:
        seen = landmarker.detect(frame)
        assert not seen.face_found
        assert seen.hands_found.sum() == 1
        assert landmarker.stage_ms["hands"] > 0
        assert landmarker.stage_ms["face"] == 0


def test_a_still_with_two_hands_has_both_each_in_its_slot() -> None:
    source = SyntheticSource("both-peace:0.8,fps=10")
    frame = list(source.items())[-1]
    with Landmarker(stills=True) as landmarker:
        for _ in range(2):
            seen = landmarker.detect(frame)
            np.testing.assert_allclose(seen.hands[..., :2], source.truth(frame.t_ns).hands[..., :2], atol=0.05)


def test_two_hands_in_a_stream_are_both_there_from_the_first_frame() -> None:
    shown = frames("both-palm:1,fps=15")[6:]
    with Landmarker() as landmarker:
        assert [landmarker.detect(frame).hands_found.sum() for frame in shown] == [2] * len(shown)


@pytest.mark.parametrize("fps", [15, 30])
def test_a_second_hand_is_found_soon(fps: int) -> None:
    """The pictures are of one script with one hand, then of one with both: a hand that is suddenly there."""
    one, both = frames(f"palm:1,fps={fps}"), frames(f"both-palm:1.6,fps={fps}")[fps // 2 :]
    step = 1_000_000_000 // fps
    shown = [Frame(frame.image, i * step, i) for i, frame in enumerate([*one, *both])]
    with Landmarker() as landmarker:
        counts = [int(landmarker.detect(frame).hands_found.sum()) for frame in shown]
    came = len(one)
    assert set(counts[fps // 2 : came]) == {1}
    assert (counts.index(2) - came) / fps <= 0.25
    assert counts[counts.index(2) :] == [2] * (len(counts) - counts.index(2))


def test_the_same_frames_give_the_same_points_every_time() -> None:
    shown = frames("none:0.2,palm:0.5,both-palm:0.8,peace:0.5,fps=20")
    with Landmarker(face=True) as landmarker:
        first = [landmarker.detect(frame) for frame in shown]
        again = [landmarker.detect(frame) for frame in shown]  # going back in time starts anew by itself
        landmarker.reset()
        landmarker.reset()
        once_more = [landmarker.detect(frame) for frame in shown]
    same(first, again)
    same(first, once_more)
    with Landmarker(face=True) as landmarker:
        same(first, [landmarker.detect(frame) for frame in shown])


def test_what_is_watched_changes_within_a_source() -> None:
    shown = frames("palm:1.5,fps=20")
    with Landmarker(hands=2) as landmarker:
        before = [landmarker.detect(frame) for frame in shown[:12]]
        detector = landmarker._hand_detector
        landmarker.watch(hands=0, face=True, mesh=False)
        face = [landmarker.detect(frame) for frame in shown[12:18]]
        assert "hand-" not in landmarker.identity and "face_detector-" in landmarker.identity
        landmarker.watch(hands=2, face=True, mesh=False)
        both = [landmarker.detect(frame) for frame in shown[18:]]
        assert landmarker._hand_detector is detector, "nothing is loaded again"
        landmarker.watch(hands=1, face=False, mesh=False)
        assert landmarker._hand_detector is not detector
    assert before[-1].hands_found[RIGHT] and not before[-1].face_found
    assert all(seen.face_found and not seen.hands_found.any() for seen in face)
    assert all(seen.face_found and seen.hands_found[RIGHT] for seen in both), "also in the first frame"


class CountingFaces:
    """Points of a face that never keeps still: they tell how often it was looked for. After `gone_after`, none."""

    def __init__(self, gone_after: int = 10_000) -> None:
        self.looks = 0
        self.gone_after = gone_after

    def detect(self, image: ImageArray) -> FloatArray:
        self.looks += 1
        return np.full((6, 2), self.looks if self.looks <= self.gone_after else np.nan, np.float32)


def seen_faces(landmarker: Landmarker, faces: CountingFaces, times: Sequence[int]) -> list[float]:
    landmarker._faces = faces  # type: ignore[assignment]
    image = np.zeros((360, 480, 3), np.uint8)
    return [float(landmarker.detect(Frame(image, t, i)).face_points[0, 0]) for i, t in enumerate(times)]


@pytest.mark.parametrize(("fps", "looks"), [(60, 10), (30, 10), (25, 10), (15, 10), (7, 7)])
def test_beside_hands_a_moving_face_is_looked_for_ten_times_a_second(fps: int, looks: int) -> None:
    times = [i * 1_000_000_000 // fps for i in range(fps)]
    with Landmarker(hands=1, face=True) as landmarker:
        found = seen_faces(landmarker, CountingFaces(), times)
        assert found[0] == 1
        assert found[-1] == looks
        taken = {look: times[found.index(look)] for look in found}
        ages = [t - taken[look] for t, look in zip(times, found, strict=True)]
        assert max(ages) < 100_000_000, "never older than a tenth of a second"
        landmarker.reset()
        assert seen_faces(landmarker, CountingFaces(), [7, 8]) == [1, 1], "a new source looks at once"


def test_a_face_that_is_gone_is_gone_at_the_next_look() -> None:
    times = [i * 33_333_333 for i in range(12)]
    with Landmarker(hands=1, face=True) as landmarker:
        found = seen_faces(landmarker, CountingFaces(gone_after=2), times)
        assert np.isfinite(found[:6]).all()
        assert np.isnan(found[6:]).all()


@pytest.mark.parametrize("options", [{"stills": True, "hands": 1}, {"hands": 0}])
def test_stills_and_faces_alone_are_looked_at_every_time(options: dict[str, Any]) -> None:
    with Landmarker(face=True, **options) as landmarker:
        assert seen_faces(landmarker, CountingFaces(), range(0, 50_000_000, 10_000_000)) == [1, 2, 3, 4, 5]


def test_a_still_does_not_depend_on_the_one_before() -> None:
    one, other = frames("palm:0.8,fps=5")[-1], frames("left-peace:0.8,fps=5")[-1]
    with Landmarker(stills=True, face=True) as landmarker:
        alone = landmarker.detect(one)
        landmarker.detect(other)
        same([alone], [landmarker.detect(one)])


@pytest.mark.parametrize("step_ns", [0, 1, 999_999, 1_000_000_000 // 120, 3_600_000_000_000])
@pytest.mark.parametrize("start_ns", [0, 5, 10**18])
def test_any_timestamps_will_do(step_ns: int, start_ns: int) -> None:
    image = frames("palm:0.8,fps=5")[-1].image
    with Landmarker(face=True) as landmarker:
        for i in range(4):
            t_ns = start_ns + i * step_ns
            seen = landmarker.detect(Frame(image, t_ns, i))
            assert seen.t_ns == t_ns
            assert seen.hands_found.any()


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (3, 5), (3000, 4000)])
@pytest.mark.parametrize("stills", [True, False])
def test_pictures_of_any_size_will_do(size: tuple[int, int], stills: bool) -> None:
    with Landmarker(stills=stills, face=True) as landmarker:
        for i in range(2):
            seen = landmarker.detect(Frame(np.full((*size, 3), 90, np.uint8), i * 10**9, i))
            assert not seen.hands_found.any()
            assert not seen.face_found


def test_a_view_of_a_picture_is_as_good_as_a_copy() -> None:
    image = frames("palm:0.8,fps=5")[-1].image
    view = np.dstack([image, image])[:, :, :3]
    assert not view.flags.c_contiguous
    with Landmarker(stills=True) as landmarker:
        same([landmarker.detect(Frame(image, 0, 0))], [landmarker.detect(Frame(view, 0, 0))])


def test_closing_ends_the_thread_and_the_use() -> None:
    before = threading.active_count()
    landmarker = Landmarker(face=True)
    frame = Frame(np.zeros((10, 10, 3), np.uint8), 0, 0)
    landmarker.detect(frame)
    landmarker.close()
    landmarker.close()
    assert threading.active_count() == before
    with pytest.raises(ValueError, match="closed"):
        landmarker.detect(frame)
    with pytest.raises(ValueError, match="hands"):
        Landmarker(hands=3)


def test_a_file_that_mediapipe_refuses_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.task").write_bytes(b"no model")
    monkeypatch.setattr(landmarker_files, "ensure", lambda name, progress=None: tmp_path / "bad.task")
    with pytest.raises(LandmarkerFileError, match=r"mediapipe refuses it.*landmarkers fetch") as error:
        Landmarker(hands=1)
    assert "\n" not in str(error.value)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("mudra")]


def test_a_missing_face_mesh_is_the_callers_to_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(LandmarkerFileError, match=r"face_landmarker.task.*cannot be fetched.*--from FOLDER"):
        Landmarker(hands=0, mesh=True)


def test_tensorflow_stays_out_and_no_warning_gets_through() -> None:
    program = """
import sys, json, warnings
from recognizers.landmarker import Landmarker
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with Landmarker(face=True):
        pass
left = [name for name in ("tensorflow", "keras", "jax", "torch") if name in sys.modules]
print(json.dumps([left, [str(w.message) for w in caught]]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == [[], []]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Landmarker(hands=1).close()


# Real media


def test_a_raised_right_hand_is_the_right_one(shared_data: Path) -> None:
    with Landmarker(stills=True, face=True) as landmarker:
        seen = landmarker.detect(Frame(picture(shared_data / SAMPLES / "business-person.png"), 0, 0))
    assert seen.hands_found[RIGHT]
    np.testing.assert_allclose(seen.hands[RIGHT, 0, :2], [0.545, 0.570], atol=0.02)
    assert seen.face_points[0, 0] < seen.face_points[1, 0]


@pytest.mark.parametrize("name", ["hand_thumb_up.jpg", "thumbs-up.png"])
def test_a_thumb_up_points_up(name: str, shared_data: Path) -> None:
    with Landmarker(stills=True) as landmarker:
        seen = landmarker.detect(Frame(picture(shared_data / SAMPLES / name), 0, 0))
    assert seen.hands_found.sum() == 1
    (hand,) = seen.hands[seen.hands_found]
    assert hand[4, 1] == hand[:, 1].min(), "the thumb's tip is the highest"


def test_the_largest_of_several_faces_is_taken(shared_data: Path) -> None:
    image = picture(shared_data / "media/faces/multi_face.jpg")
    with Landmarker(stills=True, hands=0, face=True) as landmarker:
        points = landmarker.detect(Frame(image, 0, 0)).face_points * image.shape[1::-1]
        vision, base = landmarker._vision, landmarker._mp.tasks.BaseOptions
        path = str(landmarker_files.ensure("face_detector"))
        options = vision.FaceDetectorOptions(base_options=base(model_asset_path=path))
        with vision.FaceDetector.create_from_options(options) as native:
            faces = native.detect(landmarker._mp.Image(image_format=1, data=image)).detections
    assert len(faces) > 1
    box = max((face.bounding_box for face in faces), key=lambda box: box.width)
    assert (points[:4] > [box.origin_x, box.origin_y]).all()
    assert (points[:4] < [box.origin_x + box.width, box.origin_y + box.height]).all()


def test_a_face_lost_and_found_again_and_no_hand_in_it(shared_data: Path) -> None:
    with Landmarker(face=True) as landmarker:
        for name, expected in (("single_face.mp4", 1.0), ("no_face.mp4", 0.0)):
            found = [landmarker.detect(f) for f in video(shared_data / "media/faces" / name, last=30)]
            assert np.mean([seen.face_found for seen in found]) == pytest.approx(expected, abs=0.1)
            assert not any(seen.hands_found.any() for seen in found)
            landmarker.reset()


def test_the_thumb_of_the_video_is_one_right_hand_throughout(shared_data: Path) -> None:
    path = shared_data / SAMPLES / "gesture_recognizer_test_video.mp4"
    with Landmarker(face=True) as landmarker:
        found = [landmarker.detect(frame) for frame in video(path)]
    sides = np.array([seen.hands_found for seen in found])
    assert sides[60:, RIGHT].all()
    assert not sides[:, LEFT].any()
    assert sides[:24].sum() == 0
    assert np.mean([seen.face_found for seen in found]) > 0.95


def test_two_signing_hands_keep_their_sides(shared_data: Path) -> None:
    for path in sorted((shared_data / "media/msl150").rglob("*.mp4"))[:2]:
        with Landmarker() as landmarker:
            found = [landmarker.detect(frame) for frame in video(path, step_ns=33_333_333)]
        seen = [landmarks.hands for landmarks in found if landmarks.hands_found.any()]
        assert len(seen) >= 0.8 * len(found)
        jumps = 0
        for before, after in itertools.pairwise(seen):
            own = np.nanmin(np.hypot(*(after - before)[:, 9, :2].T), initial=1.0)
            jumps += own > 0.25
        assert jumps <= 1


def test_face_mesh_and_blendshapes(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(tmp_path))
    landmarker_files.fetch(shared_data / "landmarkers")
    with Landmarker(stills=True, hands=0, mesh=True) as landmarker:
        seen = landmarker.detect(Frame(picture(shared_data / SAMPLES / "business-person.png"), 0, 0))
        assert seen.face is not None
        assert seen.blendshapes is not None
        assert seen.face.shape == (FACE_MESH_POINTS, 3)
        assert seen.blendshapes.shape == (BLENDSHAPES,)
        assert (seen.blendshapes >= 0).all()
        assert (seen.blendshapes <= 1).all()
        assert seen.face[1, 1] < seen.face[152, 1], "the nose is above the chin"
        nothing = landmarker.detect(Frame(np.zeros((100, 100, 3), np.uint8), 0, 0))
    assert nothing.face is not None
    assert nothing.blendshapes is not None
    assert np.isnan(nothing.face).all()
    assert np.isnan(nothing.blendshapes).all()


def test_the_mesh_is_looked_for_ten_times_a_second_and_goes_along(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(landmarker_files.ensure("face_detector"), tmp_path)
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(tmp_path))
    landmarker_files.fetch(shared_data / "landmarkers")
    image = picture(shared_data / SAMPLES / "business-person.png")
    with Landmarker(hands=0, face=True, mesh=True) as landmarker:
        looks: list[int] = []
        run = landmarker._face_mesh.run
        monkeypatch.setattr(landmarker._face_mesh, "run", lambda *given: looks.append(given[1]) or run(*given))
        shifted = [np.roll(image, 15 * n, axis=1) for n in range(10)]
        seen = [landmarker.detect(Frame(each, n * 33_333_334, n)) for n, each in enumerate(shifted)]
    assert looks == [0, 100, 200, 300]
    width = image.shape[1]
    noses = [float(one.face[1, 0]) * width for one in seen if one.face is not None]
    np.testing.assert_allclose(np.diff(noses), 15, atol=8)
    assert all(one.blendshapes is not None for one in seen)
