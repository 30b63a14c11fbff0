"""Bundles in zips: read as they are, and refused in one line where something is odd."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers.bundle import Bundle, find_bundle
from recognizers.bundle_files import MAX_FILES, open_bundle_files
from recognizers.errors import BundleError, MudraError
from tests.recognizers.tiny_bundles import saved


def members(folder: Path, root: str = "tiny/") -> dict[str, bytes]:
    """Return a bundle's files by their names in a zip."""
    return {root + path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def zipped(path: Path, contents: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    """Write a zip; `change` may make its members odd."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name)
            member.filename = name  # as it is, also with a null in it
            if change is not None:
                change(member)
            archive.writestr(member, content, member.compress_type or zipfile.ZIP_DEFLATED)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    saved(tmp_path / "tiny")
    return tmp_path / "tiny"


def refusal(path: Path) -> str:
    """Return the one line with which a bundle is refused."""
    with pytest.raises(BundleError) as caught:
        Bundle.load(path)
    line = str(caught.value)
    assert "\n" not in line and len(line) < 1000
    return line


@pytest.mark.parametrize("root", ["tiny/", "", "another name/"])
def test_a_zip_is_the_bundle(folder: Path, root: str) -> None:
    path = zipped(folder.with_name("tiny.zip"), members(folder, root))
    whole, packed = Bundle.load(folder), Bundle.load(path)
    inputs = np.random.default_rng(0).normal(size=(3, *whole.info.input_shape)).astype(np.float32)
    assert packed.info == whole.info and np.array_equal(packed.run(inputs), whole.run(inputs))


def test_it_is_found_by_its_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(folder.with_name("tiny.ZIP"), members(folder))
    assert find_bundle(str(path)) == path
    monkeypatch.chdir(path.parent)
    assert find_bundle("tiny.ZIP") == Path("tiny.ZIP")
    path.with_name("notes.txt").write_text("x")
    with pytest.raises(BundleError, match="not a bundle"):
        find_bundle("notes.txt")


def test_what_systems_leave_behind_is_no_matter(folder: Path) -> None:
    clutter = {"__MACOSX/tiny/._bundle.json": b"x", "tiny/.DS_Store": b"x", "tiny/Thumbs.db": b"x", "tiny/": b""}
    path = zipped(folder.with_name("tiny.zip"), clutter | members(folder))
    assert Bundle.load(path).id == "tiny"
    with open_bundle_files(path) as files:
        assert files.names() == tuple(sorted(each.name for each in folder.iterdir()))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../bundle.json", "plain names"),
        ("tiny/../../x.json", "plain names"),
        ("/etc/x.json", "plain names"),
        ("tiny\\x.json", "plain names"),
        ("C:/x.json", "plain names"),
        ("tiny/x\x00.json", "plain names"),
        ("tiny/x\n.json", "plain names"),
        ("tiny//x.json", "plain names"),
        ("tiny/run.sh", "no part of a bundle"),
        ("tiny/setup.py", "no part of a bundle"),
        ("tiny/model.pkl", "no part of a bundle"),
        ("tiny/run", "no part of a bundle"),
        ("tiny/more/x.json", "one folder"),
        ("other/x.json", "one folder"),
        ("x.json", "one folder"),
    ],
)
def test_a_name_that_no_bundle_has_is_refused(folder: Path, name: str, says: str) -> None:
    path = zipped(folder.with_name("tiny.zip"), {**members(folder), name: b"x"})
    assert says in refusal(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_there_twice_is_refused(folder: Path) -> None:
    path = zipped(folder.with_name("tiny.zip"), members(folder))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("tiny/card.md", b"another")
    assert "each once" in refusal(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(folder: Path, kind: int) -> None:
    def change(member: zipfile.ZipInfo) -> None:
        if member.filename.endswith("card.md"):
            member.external_attr = (kind | 0o777) << 16

    assert "no links" in refusal(zipped(folder.with_name("tiny.zip"), members(folder), change))


def test_a_bomb_is_refused_before_it_is_unpacked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognizers.bundle_files.MAX_BYTES", 10_000_000)
    path = zipped(folder.with_name("tiny.zip"), {**members(folder), "tiny/x.txt": bytes(10_000_000)})
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    assert "too large for a bundle" in refusal(path)


def test_a_size_that_lies_is_damage(folder: Path) -> None:
    path = zipped(folder.with_name("tiny.zip"), members(folder))
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    while b"card.md" not in content[entry : entry + 80]:
        entry = content.index(b"PK\x01\x02", entry + 1)
    content[entry + 24 : entry + 28] = (3).to_bytes(4, "little")
    path.write_bytes(content)
    assert "tiny.zip" in refusal(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_ask_for_memory_are_refused(folder: Path, method: int) -> None:
    def change(member: zipfile.ZipInfo) -> None:
        member.compress_type = method

    assert "stored or deflated" in refusal(zipped(folder.with_name("tiny.zip"), members(folder), change))


def test_too_many_files_are_refused(folder: Path) -> None:
    more = {f"tiny/{number}.txt": b"" for number in range(MAX_FILES)}
    assert "too many files" in refusal(zipped(folder.with_name("tiny.zip"), {**members(folder), **more}))


@pytest.mark.parametrize(("comment", "says"), [(b"", "too many files"), (b"a comment, PK\x05\x06", "not a bundle")])
def test_a_table_of_contents_without_end_is_refused_unread(
    folder: Path, monkeypatch: pytest.MonkeyPatch, comment: bytes, says: str
) -> None:
    path = folder.with_name("tiny.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"tiny/{number}.txt", b"")
        archive.comment = comment
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("read"))
    assert says in refusal(path)


def test_a_second_table_of_contents_is_refused(folder: Path) -> None:
    path = zipped(folder.with_name("tiny.zip"), members(folder))
    content = path.read_bytes()
    end = content.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + bytes(16)
    path.write_bytes(content[:end] + locator + content[end:])
    assert "too many files" in refusal(path)


def test_a_password_is_refused(folder: Path) -> None:
    path = zipped(folder.with_name("tiny.zip"), members(folder))
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 8] |= 1
    path.write_bytes(content)
    assert "password" in refusal(path)


@pytest.mark.parametrize("name", ["model.tflite", "card.md"])
def test_a_file_that_was_changed_or_is_missing_is_refused(folder: Path, name: str) -> None:
    files = members(folder)
    changed = {**files, f"tiny/{name}": b"other"}
    assert "damaged or was changed" in refusal(zipped(folder.with_name("changed.zip"), changed))
    del files[f"tiny/{name}"]
    assert "missing" in refusal(zipped(folder.with_name("less.zip"), files))


def test_what_is_no_bundle_is_told(tmp_path: Path) -> None:
    assert "not a bundle" in refusal(zipped(tmp_path / "x.zip", {"x/readme.md": b"x"}))
    assert "not a bundle" in refusal(zipped(tmp_path / "empty.zip", {}))
    (tmp_path / "text.zip").write_text("no zip")
    assert "not a bundle" in refusal(tmp_path / "text.zip")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_is_one_line_and_never_another_bundle(folder: Path, data: st.DataObject) -> None:
    path = zipped(folder.with_name("tiny.zip"), members(folder))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(
            st.one_of(st.integers(0, len(content) - 1), st.integers(len(content) - 500, len(content) - 1))
        )
        content[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    path.write_bytes(content)
    try:
        assert Bundle.load(path).info == Bundle.load(folder).info
    except MudraError as error:
        assert "\n" not in str(error)


# --- a folder -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("harm", "says"), [("link", "a link"), ("folder", "a folder"), ("program", "no part")])
def test_a_folder_with_what_no_bundle_holds_is_refused(folder: Path, harm: str, says: str) -> None:
    if harm == "link":
        (folder / "x.md").symlink_to("/etc/passwd")
    elif harm == "folder":
        (folder / "more").mkdir()
    else:
        (folder / "run.exe").write_bytes(b"MZ")
    with open_bundle_files(folder) as files, pytest.raises(BundleError, match=says):
        files.names()


def test_a_zip_of_another_program_says_what_was_expected(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", b"<x/>")
    (tmp_path / "letter.zip").write_bytes(packed.getvalue())
    assert "no part of a bundle" in refusal(tmp_path / "letter.zip")
