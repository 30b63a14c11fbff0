"""FER2013 and folders of face photos: what becomes of the pictures, and what is said about wrong ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers import landmarker_files
from recognizers.clips import Clip
from recognizers.errors import MudraError
from recognizers.face import FaceDetector, find_in_still
from recognizers.face_crop import POINTS, SIDE
from recognizers.importers import ImportOptions, importer
from recognizers.importers.faces import FaceCropper
from recognizers.synthetic import SyntheticSource
from recognizers.types import ImageArray
from tests.recognizers import media_files as media

OPTIONS = ImportOptions("emotion")
PIXELS = " ".join(["7"] * 2304)


def read(name: str, path: Path, options: ImportOptions = OPTIONS) -> list[Clip]:
    return list(importer(name).read(path, options))


def signer() -> ImageArray:
    return list(SyntheticSource("none:0.3,fps=10").items())[-1].image


def table(folder: Path, *rows: str, head: str = "emotion,pixels,Usage") -> Path:
    path = folder / "fer2013.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_a_tight_face_is_found_and_aligned(shared_data: Path) -> None:
    pictures = np.load(shared_data / "emotion" / "fer2013_training_publictest.npz")["X"][:2000:40]
    cropper = FaceCropper()
    crops = [cropper.crop(np.repeat(one[..., None], 3, axis=2)) for one in pictures]
    assert sum(crop is not None for crop in crops) >= 48
    detector = FaceDetector(landmarker_files.ensure("face_detector").read_bytes())
    found = [find_in_still(detector, np.repeat(crop[..., None], 3, axis=2)) for crop in crops if crop is not None]
    strays = np.linalg.norm(np.stack(found)[:, [0, 1, 3]] * SIDE - POINTS, axis=2)
    assert np.nanmedian(strays) < 1.5, "pixels"


def test_the_columns_may_stand_in_any_order_and_the_parts_are_kept(tmp_path: Path) -> None:
    path = table(tmp_path, f"0, Training,{PIXELS}", f"6, PrivateTest,{PIXELS}", head="emotion, Usage, pixels")
    clips = read("fer2013", path)
    assert [clip.header.label for clip in clips] == ["angry", "neutral"]
    assert [clip.header.extra["usage"] for clip in clips] == ["Training", "PrivateTest"]
    assert [clip.header.extra["row"] for clip in clips] == [1, 2]


def test_a_picture_without_a_face_stays_as_it_is_and_says_so(tmp_path: Path) -> None:
    (clip,) = read("fer2013", table(tmp_path, f"1,{PIXELS},PublicTest"))
    assert clip.header.extra["aligned"] is False and clip.header.kind == "pixels"
    assert clip.frames is not None and clip.frames.shape == (1, 48, 48) and (clip.frames == 7).all()


def test_without_usage_there_is_none(tmp_path: Path) -> None:
    (clip,) = read("fer2013", table(tmp_path, f"1,{PIXELS}", head="emotion,pixels"))
    assert "usage" not in clip.header.extra


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (f"7,{PIXELS},Training", "unknown emotion"),
        (f"x,{PIXELS},Training", "unknown emotion"),
        (f"1,{PIXELS} 7,Training", "2304, found 2305"),
        (f"1,{PIXELS[:-1]}256,Training", "no grey value"),
        (f"1,{PIXELS[:-1]}-1,Training", "no grey value"),
        (f"1,{PIXELS},Tested", "unknown Usage"),
        ("1", "a field is missing"),
    ],
)
def test_a_wrong_row_is_named_and_the_rest_is_kept(tmp_path: Path, row: str, says: str) -> None:
    path = table(tmp_path, f"2,{PIXELS},Training", row, f"3,{PIXELS},Training")
    problems: list[MudraError] = []
    clips = read("fer2013", path, dataclasses.replace(OPTIONS, report=problems.append))
    assert [clip.header.label for clip in clips] == ["fear", "happy"]
    (problem,) = problems
    assert says in str(problem) and f"{path}, row 2" in str(problem)
    with pytest.raises(MudraError, match="row 2"):
        read("fer2013", path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"X": np.zeros((2, 48, 47), np.uint8)}, "wrong 'X'"),
        ({"X": np.zeros((2, 48, 48), np.float32)}, "wrong 'X'"),
        ({"y": np.zeros(3, np.int64)}, "wrong 'y'"),
        ({"y": np.array([0, 9])}, "row 2"),
        ({"usage": np.array(["Training", "No"])}, "row 2"),
        ({"X": None}, "X, y and usage"),
    ],
)
def test_wrong_archives_are_refused(tmp_path: Path, changes: dict[str, np.ndarray | None], says: str) -> None:
    arrays = {"X": np.zeros((2, 48, 48), np.uint8), "y": np.array([0, 1]), "usage": np.array(["Training"] * 2)}
    np.savez(tmp_path / "a.npz", **{name: value for name, value in {**arrays, **changes}.items() if value is not None})
    with pytest.raises(MudraError, match=says):
        read("fer2013", tmp_path / "a.npz")


@given(text=st.text(max_size=200), head=st.sampled_from(["", "emotion,pixels,Usage\n", '"', "a,b\n"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_text_is_read_or_refused(tmp_path: Path, text: str, head: str) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes((head + text).encode("utf-8", "surrogatepass"))
    with pytest.raises(MudraError):
        read("fer2013", path)


def test_photos_become_aligned_faces(tmp_path: Path) -> None:
    image = signer()
    media.write_photo(tmp_path / "happy" / "1.png", image)
    media.write_photo(tmp_path / "happy" / "2.png", np.ascontiguousarray(cv2.resize(image, None, fx=2, fy=2)))
    small, large = read("images", tmp_path)
    assert small.header.extra == {"image": "1.png", "aligned": True} and small.header.kind == "pixels"
    assert small.frames is not None and large.frames is not None
    assert np.abs(small.frames.astype(int) - large.frames).mean() < 6, "however large the face was"
    eyes = small.frames[0, round(POINTS[0][1]) - 2 : round(POINTS[0][1]) + 3, 10:38]
    assert eyes.min() < small.frames.mean() - 20, "the eyes, which are dark, stand at their height"


def test_a_photo_without_a_face_is_named_but_a_small_square_one_is_kept(tmp_path: Path) -> None:
    media.write_photo(tmp_path / "sad" / "crop.png", np.full((60, 64, 3), 90, np.uint8))
    media.write_photo(tmp_path / "sad" / "wall.png", np.full((480, 640, 3), 90, np.uint8))
    problems: list[MudraError] = []
    (clip,) = read("images", tmp_path, dataclasses.replace(OPTIONS, report=problems.append))
    assert clip.header.extra == {"image": "crop.png", "aligned": False}
    assert "no face was found" in str(problems[0]) and "wall.png" in str(problems[0])
