"""`mudra samples`: lists, figures, renames, deletes, asks before what cannot be taken back."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import cv2
import pytest

from app.__main__ import main
from app.sample_files import save_sample
from app.samples import Samples
from recognizers.clips import load_clip
from recognizers.quality import QUALITY
from tests.recognizers.made_clips import made_clip


def add(mode: str = "gesture", label: str = "palm", **header: object) -> Path:
    return save_sample(Samples(mode).folder, made_clip(label, mode, **header))  # type: ignore[arg-type]


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(["samples", *words]) == code
    printed = capsys.readouterr()
    errors = [line for line in printed.err.splitlines() if line.startswith("mudra: ")]
    assert len(errors) == (1 if code == 2 else 0), printed.err
    return printed.out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["samples", *words]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> type[object]:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def say(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", Terminal(text))

    return say  # type: ignore[return-value]


def test_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no samples yet" in run(capsys, "list")
    add(signer="Ann", session="s", extra={QUALITY: {"flags": ["dark"]}})
    add(label="thumbs\tup\x1b[2J", mode="sign")
    out = run(capsys, "list")
    assert out.splitlines()[0].split() == ["mode", "label", "clips", "seconds", "signers", "sessions", "flagged"]
    assert "gesture  palm" in out and "thumbs\\tup\\x1b[2J" in out and "\x1b" not in out
    rows = json.loads(run(capsys, "list", "--json"))
    assert [(row["mode"], row["label"], row["clips"]) for row in rows] == [
        ("sign", "thumbs\tup\x1b[2J", 1),
        ("gesture", "palm", 1),
    ]
    assert "dark" in run(capsys, "list", "--flagged") and "not judged" in run(capsys, "list", "--clips")
    (clip,) = json.loads(run(capsys, "list", "--flagged", "--json"))
    assert clip["flags"] == ["dark"] and Path(clip["path"]).exists() and clip["name"] in clip["path"]
    assert len(run(capsys, "list", "--label", "palm", "--clips").splitlines()) == 1
    assert "no samples of this label" in refused(capsys, "list", "--label", "nothing")


def test_what_cannot_be_read_is_listed_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    path = add()
    (path.parent / "half.npz").write_bytes(path.read_bytes()[:99])
    assert "1, 1 unreadable" in run(capsys, "list", code=1)
    assert "unreadable: the file is damaged" in run(capsys, "list", "--flagged", code=1)
    out = run(capsys, "check", code=1)
    assert "half" in out and "2 clips, 0 with something wrong, 1 unreadable" in out


def test_show(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = add(signer="Ann", mode="sign", label="wave")
    out = run(capsys, "show", path.stem[:15])
    assert "wave (sign)" in out and "Ann" in out and "Your hand hardly moved" in out and str(path) in out
    values = json.loads(run(capsys, "show", str(path), "--json"))
    assert values["header"]["label"] == "wave" and values["figures"]["frames"] == 61
    assert [flag["code"] for flag in values["flags"]] == ["still"] and values["flags"][0]["remedy"]
    run(capsys, "show", path.name, "--render", str(tmp_path / "o.mp4"))
    video = cv2.VideoCapture(str(tmp_path / "o.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 61
    _, image = video.read()
    assert image.shape == (480, 640, 3) and image.any()


def test_clips_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = add(), add()
    assert "2 clips have this name" in refused(capsys, "show", first.stem[:4])
    assert "no such clip" in refused(capsys, "show", "1999")
    assert "no such clip" in refused(capsys, "show", "/tmp/elsewhere.npz")
    assert "no such clip" in refused(capsys, "show", "")


def test_rename_asks_before_it_mixes(
    capsys: pytest.CaptureFixture[str], answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [add(label="hallo") for _ in range(2)]
    assert "1 clip of hallo are hello" in run(
        capsys, "rename", "hallo", "hello", "--mode", "gesture", "--clip", paths[0].stem
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "Add --yes" in refused(capsys, "rename", "hallo", "hello", "--mode", "gesture")
    answer("n\n")  # type: ignore[operator]
    run(capsys, "rename", "hallo", "hello", "--mode", "gesture", code=1)
    answer("y\n")  # type: ignore[operator]
    run(capsys, "rename", "hallo", "hello", "--mode", "gesture")
    assert [(label.label, label.clips) for label in Samples("gesture").list().labels] == [("hello", 2)]
    assert "no such samples" in refused(capsys, "rename", "hallo", "hello", "--mode", "gesture")


def test_delete_restore_and_empty(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [add() for _ in range(3)]
    assert "1 clip in the trash" in run(capsys, "delete", "--clip", str(paths[0]))
    assert "of which mode" in refused(capsys, "delete", "palm")
    assert "2 clips in the trash" in run(capsys, "delete", "palm", "--mode", "gesture")
    assert len(run(capsys, "trash").splitlines()) == 3 and len(json.loads(run(capsys, "trash", "--json"))) == 3
    assert "1 clip restored" in run(capsys, "restore", paths[1].stem)
    assert "nothing to restore" in refused(capsys, "restore")
    assert "2 clips removed for good" in run(capsys, "empty", "--yes")
    assert "0 clips removed" in run(capsys, "empty")
    assert [sample.path for sample in Samples("gesture").list().samples] == [paths[1]]
    for words in ([], ["palm", "--all"], ["--all", "--clip", "a"]):
        assert "nothing to delete is named" in refused(capsys, "delete", *words)


def test_delete_all_asks_and_means_all(capsys: pytest.CaptureFixture[str], answer: object, mudra_home: Path) -> None:
    add()
    Samples("gesture").delete([add()])
    note = add(mode="sign").parent / "mine.txt"
    note.write_text("mine")
    answer("\n")  # type: ignore[operator]
    run(capsys, "delete", "--all", code=1)
    assert len(Samples("gesture").list().samples) == 1
    answer("yes\n")  # type: ignore[operator]
    out = run(capsys, "delete", "--all")
    assert "gesture: removed for good: 1 clip, 1 in the trash" in out
    assert f"sign: left, since it is not Mudra's: {note}" in out
    assert not list(mudra_home.rglob("*.npz")) and not (mudra_home / "samples" / "gesture").exists()


def test_check_and_trim(capsys: pytest.CaptureFixture[str]) -> None:
    path = add(mode="sign", label="wave")
    out = run(capsys, "check", "--mode", "sign", "--update")
    assert "Your hand hardly moved" in out and "1 clip, 1 with something wrong, 0 unreadable" in out
    assert load_clip(path).header.extra[QUALITY]["flags"] == ["still"]
    (row,) = json.loads(run(capsys, "check", "--json"))
    assert row["flags"] == ["still"] and row["problem"] == ""
    new = Path(run(capsys, "trim", path.stem, "0.5", "1.5").strip())
    assert len(load_clip(new)) == 31 and len(Samples("sign").trash.list()) == 1
    assert "nothing to trim" in refused(capsys, "trim", str(new), "7", "9")
