"""The samples of a mode: quick lists, moves, trash, trims; foreign, damaged and newer files; several processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import sample_index
from app.sample_files import INDEX, pixels_of, save_sample
from app.samples import Samples
from recognizers.clip_values import header_fields
from recognizers.clips import PIXELS, Clip, ClipHeader, iter_clips, label_folder, load_clip
from recognizers.errors import MudraError, OutputError, UsageError
from recognizers.quality import QUALITY, judge
from tests.recognizers.made_clips import made_clip

ROOT = Path(__file__).parents[2]


def add(samples: Samples, label: str = "wave", **header: object) -> Path:
    return save_sample(samples.folder, made_clip(label, samples.mode, frames=31, **header))  # type: ignore[arg-type]


def write_as_newer(path: Path) -> None:
    """Write a clip that a newer version of Mudra has made."""
    header = {**header_fields(made_clip().header), "version": 99}
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **made_clip().arrays())


@pytest.fixture
def samples() -> Samples:
    return Samples("gesture")


def test_without_samples_there_is_nothing_and_nothing_is_made(samples: Samples, mudra_home: Path) -> None:
    assert samples.list().labels == () == samples.trash.list()
    assert samples.delete_all().files == 0
    assert not mudra_home.exists()


def test_what_there_is_of_each_label(samples: Samples) -> None:
    flagged = {QUALITY: {"flags": ["dark", "cut"], "figures": {"frames": 1, "seconds": 1}}}
    add(samples, "b", signer="Ann", session="one", extra=flagged)
    add(samples, "b", signer="Bo", session="one", extra={"correction": True, QUALITY: {"flags": []}})
    add(samples, "a")
    listing = samples.list()
    assert [(label.label, label.clips, label.flagged, label.corrections) for label in listing.labels] == [
        ("a", 1, 0, 0),
        ("b", 2, 1, 1),
    ]
    b = listing.labels[1]
    assert (b.signers, b.sessions, b.unreadable) == (("Ann", "Bo"), ("one",), 0) and b.seconds == pytest.approx(2.0)
    assert [sample.flags for sample in listing.of("b")] == [("dark", "cut"), ()] and listing.of("a")[0].flags is None
    assert listing.signers == ("Ann", "Bo") and listing.sessions == ("one",)


def test_foreign_half_and_newer_files_are_never_fatal(samples: Samples) -> None:
    good = add(samples)
    (good.parent / "half.npz").write_bytes(good.read_bytes()[:500])
    (good.parent / "empty.npz").write_bytes(b"")
    (good.parent / "notes.txt").write_text("mine")
    (good.parent / ".hidden.npz").write_bytes(b"")
    newer = good.parent / "newer.npz"
    write_as_newer(newer)
    (good.parent / "folder.npz").mkdir()
    for _ in range(2):
        problems = {sample.path.name: sample.problem for sample in samples.list().samples}
        assert set(problems) == {good.name, "half.npz", "empty.npz", "newer.npz"}
        assert problems[good.name] == "" and "newer version" in problems["newer.npz"]
        assert (
            problems["half.npz"] and "\n" not in problems["half.npz"] and str(good.parent) not in problems["half.npz"]
        )
    assert samples.list().labels[0].unreadable == 3
    samples.delete([newer])
    assert len(samples.trash.list()) == 1


def test_the_index_is_a_cache_and_nothing_more(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    for label in "abc":
        add(samples, label)
    first = samples.list()
    reads: list[Path] = []
    read_head = sample_index.read_head
    monkeypatch.setattr(sample_index, "read_head", lambda path: (reads.append(path), read_head(path))[1])
    assert samples.list() == first and reads == []
    (path,) = (sample.path for sample in first.of("b"))
    path.write_bytes((samples.folder / first.of("c")[0].path).read_bytes())
    assert samples.list() != first or reads, "a changed file is read again"
    reads.clear()
    for damaged in (b"", b"[]", b"\xff", b'{"about": 1, "entries": {}}', b"[" * 100_000):
        (samples.folder / INDEX).write_bytes(damaged)
        assert len(samples.list().samples) == 3
    assert len(reads) == 15
    values = json.loads((samples.folder / INDEX).read_bytes())
    for entry in values["entries"].values():
        entry[4] = "long"
    (samples.folder / INDEX).write_text(json.dumps(values))
    assert all(isinstance(sample.seconds, float) for sample in samples.list().samples)
    (samples.folder / INDEX).unlink()
    (samples.folder / INDEX).mkdir()
    assert len(samples.list().samples) == 3, "a cache that cannot be written is none"


def test_of_very_much_names_come_first_and_the_rest_is_read_later(
    samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [add(samples, label) for label in ("a", "a", "b", "b", "b")]
    quick = samples.list(2)
    assert quick.pending == 3 and [each.clips for each in quick.labels] == [2, 3]
    assert [each.path for each in quick.samples] == sorted(paths) and not quick.samples[4].frames
    assert not (samples.folder / INDEX).exists(), "what is not known is not remembered"
    whole = samples.list()
    assert whole.pending == 0 and all(each.frames == 31 for each in whole.samples)
    monkeypatch.setattr(sample_index, "read_head", lambda path: pytest.fail("it is known"))
    assert samples.list(2) == whole


def test_rename_and_move(samples: Samples) -> None:
    for _ in range(3):
        add(samples, "hallo")
    add(samples, "hello")
    assert samples.rename("hallo", "hello") == 3
    assert [(label.label, label.clips) for label in samples.list().labels] == [("hello", 4)]
    assert not (samples.folder / "hallo").exists()
    paths = [sample.path for sample in samples.list().samples][:2]
    moved = samples.move(paths, "../x")
    assert {samples.load(path).header.label for path in moved} == {"../x"}
    assert {load_clip(path).header.label for path in moved} <= {"hallo", "hello"}, "the header remembers"
    assert samples.move(moved, "../x") == moved
    with pytest.raises(UsageError, match="no samples of this label"):
        samples.rename("nothing", "b")
    with pytest.raises(UsageError):
        samples.move(moved, "")
    with pytest.raises(OutputError):
        samples.move(paths, "gone")


def test_no_move_writes_over_another_clip(samples: Samples) -> None:
    one, other = add(samples, "a", signer="a"), add(samples, "b", signer="b")
    other = other.rename(other.with_name(one.name))
    (moved,) = samples.move([other], "a")
    assert {load_clip(path).header.signer for path in (one, moved)} == {"a", "b"}
    samples.delete([one])
    again = moved.rename(one)
    samples.delete([again])
    assert {load_clip(each.path).header.signer for each in samples.trash.list()} == {"a", "b"}


def test_the_trash_gives_back_and_is_emptied(samples: Samples) -> None:
    kept, gone = add(samples, "a"), add(samples, "x" * 300)
    samples.delete([kept, gone])
    assert samples.list().samples == () and not (samples.folder / "a").exists()
    assert {each.label for each in samples.trash.list()} == {"a", "x" * 300}
    assert list(iter_clips(samples.trash.folder / "a")), "it is out of the way of training, not out of the world"
    with pytest.raises(MudraError):
        list(iter_clips(samples.folder))
    (back,) = samples.trash.restore([each.path for each in samples.trash.list() if each.label == "a"])
    assert back == kept
    assert samples.trash.empty() == 1 and samples.trash.empty() == 0
    assert not samples.trash.folder.exists() and [each.path for each in samples.list().samples] == [kept]


def with_pixels(samples: Samples) -> Path:
    clip = made_clip("a", frames=31)
    frames = np.arange(31, dtype=np.uint8)[:, None, None] * np.ones((1, 48, 48), np.uint8)
    header = ClipHeader("a", "gesture", PIXELS)
    return save_sample(samples.folder, clip, Clip.of_arrays(header, {"t_ns": clip.t_ns, "frames": frames}, "t"))


def test_pictures_go_with_their_clip(samples: Samples) -> None:
    path = with_pixels(samples)
    (sample,) = samples.list().samples
    assert sample.pixels and sample.size == path.stat().st_size + pixels_of(path).stat().st_size
    (moved,) = samples.move([path], "b")
    assert pixels_of(moved).exists() and not (samples.folder / "a").exists()
    (trashed,) = samples.delete([moved])
    assert pixels_of(trashed).exists() and samples.trash.list()[0].pixels
    (back,) = samples.trash.restore([trashed])
    trimmed = samples.trim(back, 0.5, 0.7)
    pictures = load_clip(pixels_of(trimmed))
    assert pictures.frames is not None and pictures.frames[:, 0, 0].tolist() == list(range(15, 22))
    assert pictures.t_ns.tolist() == load_clip(trimmed).t_ns.tolist()
    samples.delete([trimmed])
    assert samples.trash.empty() == 2 and not list(samples.folder.rglob("*.npz"))


def test_trim_keeps_a_part_and_judges_it(samples: Samples) -> None:
    path = add(samples, signer="Ann", session="s")
    clip = samples.load(path)
    new = samples.trim(path, 0.2, 0.6)
    part = samples.load(new)
    assert len(part) == 13 and part.t_ns[0] == 0 and part.t_ns[-1] == pytest.approx(4e8, abs=2)
    assert np.array_equal(part.hands, clip.hands[6:19], equal_nan=True)
    assert (part.header.signer, part.header.session) == ("Ann", "s")
    assert part.header.extra[QUALITY]["figures"]["frames"] == 13
    assert [each.path.name for each in samples.trash.list()] == [path.name]
    assert new.name == f"{path.stem}-2.npz", "it stays at its place in time"
    for start, end in ((0.0, 9.0), (5.0, 6.0), (0.3, 0.2)):
        with pytest.raises(UsageError):
            samples.trim(new, start, end)
    assert samples.load(new).t_ns.tolist() == part.t_ns.tolist()


def test_check_judges_anew_and_writes_only_where_asked(samples: Samples) -> None:
    path = add(samples, extra={QUALITY: {"flags": ["dark"], "figures": {"frames": 9, "seconds": 1.0, "dropped": 2}}})
    (sample,) = samples.list().samples
    assert sample.flags == ("dark",)
    before = path.read_bytes()
    verdict = samples.check(sample)
    assert verdict.good and verdict.figures.dropped == 2 and path.read_bytes() == before
    samples.check(sample, update=True)
    (sample,) = samples.list().samples
    assert sample.flags == () and samples.load(path).header.extra[QUALITY] == judge(samples.load(path)).to_json()
    written = path.stat().st_mtime_ns
    samples.check(sample, update=True)
    assert path.stat().st_mtime_ns == written


def test_delete_all_means_all_and_says_what(samples: Samples) -> None:
    with_pixels(samples)
    add(samples, "b", extra={"correction": True})
    samples.delete([add(samples, "c")])
    half = samples.folder / "b" / "half.npz"
    half.write_bytes(b"PK")
    new = samples.folder / ".new"
    (new / "left.npz").write_bytes(b"x")
    (new / ".0123456789abcdef.tmp").write_bytes(b"x")
    samples.list()
    removed = samples.delete_all()
    assert (removed.clips, removed.trashed, removed.left) == (5, 1, ()) and removed.size > 0
    assert not samples.folder.exists()


def test_delete_all_leaves_what_is_not_ours_and_names_it(samples: Samples) -> None:
    note = add(samples).parent / "notes.txt"
    note.write_text("mine")
    other = Samples("sign")
    add(other)
    assert samples.delete_all().left == (note,)
    assert note.read_text() == "mine" and samples.list().samples == () and len(other.list().samples) == 1


def test_one_cannot_leave_the_folder_by_a_link(samples: Samples, tmp_path: Path) -> None:
    add(samples)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.npz").write_bytes(b"x")
    (samples.folder / "link").symlink_to(outside, target_is_directory=True)
    samples.delete_all()
    assert (outside / "a.npz").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(labels=st.lists(st.text(min_size=1, max_size=30).filter(lambda text: text.strip()), min_size=1, max_size=4))
def test_labels_of_any_text(tmp_path: Path, labels: list[str]) -> None:
    samples = Samples("gesture", tmp_path / "gesture")
    samples.delete_all()
    encodable = [label for label in labels if label.isprintable() or label.encode(errors="ignore") == label.encode()]
    for label in encodable:
        path = label_folder(samples.folder, label) / "a.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        assert samples.folder in path.resolve().parents
    assert sorted({sample.label for sample in samples.list().samples}) == sorted(set(encodable))
    samples.delete([sample.path for sample in samples.list().samples])
    assert sorted({sample.label for sample in samples.trash.list()}) == sorted(set(encodable))


BUSY = """
import random, sys
from app.samples import Samples
from app.sample_files import save_sample
from recognizers.errors import MudraError
from tests.recognizers.made_clips import made_clip
random.seed(int(sys.argv[1]))
samples, clip = Samples("gesture"), made_clip(frames=2)
for _ in range(25):
    try:
        do = random.randrange(6)
        paths = [sample.path for sample in samples.list().samples]
        if do < 2:
            save_sample(samples.folder, clip)
        elif do == 2:
            samples.move(random.sample(paths, min(2, len(paths))), random.choice("ab"))
        elif do == 3:
            samples.delete(random.sample(paths, min(2, len(paths))))
        elif do == 4:
            samples.trash.restore([sample.path for sample in samples.trash.list()][:2])
        else:
            samples.rename(random.choice("ab"), random.choice("ab"))
    except MudraError as error:
        known = ("there are no samples", "not there any more", "No such file", "missing")
        assert any(words in str(error) for words in known), error
"""


def test_three_processes_at_once_lose_nothing(samples: Samples) -> None:
    for _ in range(12):
        add(samples, "a")
    processes = [
        subprocess.Popen([sys.executable, "-c", BUSY, str(seed)], cwd=ROOT, stderr=subprocess.PIPE) for seed in range(3)
    ]
    for process in processes:
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told.decode()
    everything = [*samples.list().samples, *samples.trash.list()]
    assert len(everything) >= 12 and {sample.problem for sample in everything} == {""}
    assert len(list(samples.folder.rglob("*.npz"))) == len(everything), "nothing is left where nobody looks"


def test_threads_that_move_the_same_clips_do_not_double_them(samples: Samples) -> None:
    paths = [add(samples, "a") for _ in range(20)]

    def move(label: str) -> None:
        for path in paths:
            try:
                samples.move([path], label)
            except OutputError:
                continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(move, "bcde"))
    assert len(samples.list().samples) == 20


@pytest.mark.slow
def test_ten_thousand_clips_are_listed_at_once(samples: Samples) -> None:
    clip = add(samples, "0")
    for number in range(9_999):
        folder = samples.folder / str(number % 100)
        folder.mkdir(exist_ok=True)
        (folder / f"{number:06d}.npz").hardlink_to(clip)
    begin = time.process_time()
    first = samples.list()
    then = time.process_time()
    assert samples.list() == first and len(first.samples) == 10_000
    # Of the processor's time, which a busy machine leaves alone; docs/recording.md has the figures.
    assert then - begin < 4.0 and time.process_time() - then < 1.0
