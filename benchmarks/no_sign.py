"""False events: what is said while nobody shows anything, and how late what is shown is said.

    python benchmarks/no_sign.py --cache build/no-sign                   the clips of ../shared/data, and what is made
    python benchmarks/no_sign.py --cache DIR --video a.mp4 --video more  your own videos, or folders of them
    python benchmarks/no_sign.py --cache DIR --bundle letters --without-videos

Landmarks are found once and kept in the cache's folder, one clip a source; delete it where the landmarker has changed.
The recognizer runs over them as it does live, at the bundle's own thresholds. What is made:

- idle hands: the synthetic signer, drawn and seen by the landmarker, rests, holds something and changes between;
- talking hands: the same, from shape to shape without a pause, as people do who talk with their hands;
- everyday: landmarks of made-up people who rest, type, touch their face and talk (recognizers/generated_idling.py);
- other words: made-up people who sign words; of no meaning to bundles of gestures and letters, left out for words.

A delay is the time from the moment a shape stands to its label: of poses of the synthetic signer at 15, 30 and 60
frames a second. Below zero it was said while the hand arrived.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tables import table

from recognizers.bundle import Bundle, find_bundle
from recognizers.clips import Clip, ClipHeader, load_clip, save_clip
from recognizers.event_figures import most_likely_at_most
from recognizers.examples import MotionExample
from recognizers.generated_idling import generated_idling
from recognizers.generated_signs import generated_signs
from recognizers.landmarker import Landmarker
from recognizers.recognizer import Recognizer
from recognizers.sources import open_sources
from recognizers.synthetic import SyntheticSource
from recognizers.types import Frame, LabelEvent, Landmarks, SourceKind
from recognizers.word_file import words

BUNDLES = ("gestures", "letters", "words")
VIDEOS = (
    "media/faces/face_noface.mov",
    "media/faces/noface_face.mov",
    "media/faces/no_face.mp4",
    "media/faces/single_face.mp4",
    "media/mediapipe_samples/hand_landmarker_test_video.mp4",
    "media/msl150/data/original_source",
    "media/wave_selfie/test_video.mp4",
)
IDLE = (
    "none:0.5,relaxed:1.5,holding:1.5,relaxed:1,loose_fist:1.5,holding:1,both-relaxed:1.5,both-hanging:1.5,none:0.7,"
    "left-relaxed:1.2,left-loose_fist:1,left-hanging:1.5,both-holding:1.6"
)
TALK = (
    "relaxed:0.3,palm:0.25,holding:0.3,one:0.25,relaxed:0.25,three:0.25,loose_fist:0.25,stop:0.25,both-relaxed:0.3,"
    "both-palm:0.25,both-holding:0.25,both-one:0.25,both-loose_fist:0.25,left-four:0.25,left-relaxed:0.3,left-fist:0.25,"
    "left-holding:0.25,left-like:0.25,left-relaxed:0.25,left-peace:0.25,relaxed:0.3,two_up:0.25,holding:0.25,ok:0.25"
)
SEEDS = (1, 2, 3)
SHOWN = {
    "gestures": "none:0.5,palm:1.2,fist:1.2,none:0.8,like:1.2,peace:1.2,ok:1.2,left-one:1.2,left-rock:1.2,"
    "left-call:1.2",
    "letters": "none:0.5,b:1.2,f:1.2,none:0.8,l:1.2,v:1.2,y:1.2,left-c:1.2,left-i:1.2,left-w:1.2",
}
RATES = (15, 30, 60)
STEPS, SECONDS = 60, 2.0


class Group(NamedTuple):
    """Clips of one kind, in which nothing is meant."""

    name: str
    clips: tuple[Clip, ...]


def recorded(spec: str, cache: Path) -> list[Clip]:
    """Return the landmarks of a source, found now or kept from before; a folder gives one clip a video."""
    kept = cache / hashlib.sha256(spec.encode()).hexdigest()[:16]
    if not kept.is_dir():
        for number, clip in enumerate(_found(spec)):
            kept.mkdir(parents=True, exist_ok=True)
            save_clip(kept / f"{number:03}.npz", clip)
    return [load_clip(path) for path in sorted(kept.glob("*.npz"))]


def _found(spec: str) -> Iterator[Clip]:
    for source in open_sources(spec):
        with source, Landmarker(face=True) as landmarker:
            frames = source.items() if source.kind is SourceKind.RECORDED else ()
            rows = [landmarker.detect(frame) for frame in frames if isinstance(frame, Frame)]
        if len(rows) > 1:
            print(f"{source.name}: {len(rows)} frames", file=sys.stderr, flush=True)
            yield Clip.of(ClipHeader("none", "sign", source=source.name, image_size=rows[0].image_size), rows)


def clip_of(example: MotionExample, seconds: float) -> Clip:
    """Return a made movement as a recording that lasts so long."""
    times = np.arange(len(example.hands)) * seconds / len(example.hands) * 1e9
    rows = [
        Landmarks(int(t_ns), hands=hands, face_points=face, image_size=example.image_size)
        for t_ns, hands, face in zip(times, example.hands, example.face_points, strict=True)
    ]
    return Clip.of(ClipHeader("none", "sign", source=example.origin.unit, image_size=example.image_size), rows)


def everyday(count: int) -> Group:
    """Return made-up people who do nothing in particular."""
    # Every third of what is made without words is another sign: held, it is a gesture.
    made = generated_idling((), count * 3 // 2, np.random.default_rng(5), steps=STEPS, seconds=SECONDS)
    return Group("everyday, made", tuple(clip_of(one, SECONDS) for number, one in enumerate(made) if number % 3 != 1))


def other_words(count: int) -> Group:
    """Return made-up people who sign words."""
    names = tuple(words())
    made = generated_signs(names, count // len(names), np.random.default_rng(6), steps=STEPS, seconds=SECONDS)
    return Group("other words, made", tuple(clip_of(one, SECONDS) for one in made))


def events_in(bundle: Bundle, clips: Iterable[Clip]) -> list[LabelEvent]:
    """Return the whole events of all clips."""
    recognizer = Recognizer(bundle)
    return [replace(event, source=clip.header.source) for clip in clips for event in recognizer.predict_clip(clip)]


def minutes_of(clips: Iterable[Clip]) -> float:
    """Return how long clips last together."""
    return sum(float(clip.t_ns[-1] - clip.t_ns[0]) for clip in clips) / 60e9


def row_of(bundle: Bundle, group: Group) -> tuple[str, ...]:
    """Return a row: bundle, group, seconds, events, events a minute, at most so many (95 %), which."""
    events, minutes = events_in(bundle, group.clips), minutes_of(group.clips)
    which = Counter(event.label for event in events)
    told = ", ".join(f"{label} {count}" for label, count in which.most_common(6))
    rates = len(events) / minutes, most_likely_at_most(len(events)) / minutes
    return bundle.id, group.name, f"{60 * minutes:.0f}", str(len(events)), *(f"{rate:.1f}" for rate in rates), told


class Delays(NamedTuple):
    """How late the shapes of a script were said: seconds from when each stood; how many were not; events too many."""

    late: tuple[float, ...]
    missed: int
    others: int


def delays(bundle: Bundle, script: str, clip: Clip) -> Delays:
    """Return how late the poses of a script were said, from the moments at which the signer's hand stood."""
    events = Recognizer(bundle).predict_clip(clip)
    late, missed, used = [], 0, 0
    for label, begin, stands, end in shown(script):
        mine = [event for event in events if event.label.lower() == label and begin <= event.t_ns / 1e9 <= end + 0.2]
        used += len(mine[:1])
        missed += not mine
        late += [mine[0].t_ns / 1e9 - stands] if mine else []
    return Delays(tuple(late), missed, len(events) - used)


def shown(script: str) -> list[tuple[str, float, float, float]]:
    """Return of each pose of a script its name, and when it begins, stands and ends, in seconds."""
    source = SyntheticSource(script)
    found, begin = [], 0.0
    for item in source.script.items:
        end = begin + item.seconds
        moments = np.arange(round(begin * 1000), round(end * 1000))
        if item.sides:
            stands = next((t / 1000 for t in moments.tolist() if source.truth(t * 1_000_000).settled), end)
            found.append((item.name.lower(), begin, stands, end))
        begin = end
    return found


def delay_rows(bundle: Bundle, cache: Path) -> Iterator[tuple[str, ...]]:
    """Yield a row for each rate: bundle, frames a second, shown, missed, too many, median and longest delay."""
    for rate in RATES:
        parts = []
        for seed in SEEDS:
            script = f"{SHOWN[bundle.id]},size=480x360,seed={seed},fps={rate}"
            [clip] = recorded(f"synthetic:{script}", cache)
            parts.append(delays(bundle, script, clip))
        late = [each for part in parts for each in part.late]
        missed, others = sum(part.missed for part in parts), sum(part.others for part in parts)
        spread = (f"{np.median(late):.2f}", f"{max(late):.2f}") if late else ("", "")
        yield bundle.id, str(rate), str(len(late) + missed), str(missed), str(others), *spread


def groups(arguments: argparse.Namespace) -> list[Group]:
    """Return what is measured on."""
    found = []
    if not arguments.without_videos:
        videos = arguments.video or [str(arguments.data / video) for video in VIDEOS]
        found.append(Group("videos", tuple(clip for video in videos for clip in recorded(video, arguments.cache))))
    for name, script in (("idle hands, drawn", IDLE), ("talking hands, drawn", TALK)):
        specs = [f"synthetic:{script},size=480x360,seed={seed}" for seed in SEEDS]
        found.append(Group(name, tuple(clip for spec in specs for clip in recorded(spec, arguments.cache))))
    return [*found, everyday(arguments.made), other_words(arguments.made)]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="the folder in which landmarks are kept")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the raw data")
    parser.add_argument("--video", action="append", metavar="PATH", help="a video, or a folder of some, without signs")
    parser.add_argument("--bundle", action="append", metavar="B", help="a bundle (default: gestures, letters, words)")
    parser.add_argument("--made", type=int, default=300, help="how many movements of two seconds are made of each kind")
    parser.add_argument("--without-videos", action="store_true", help="only what is made")
    arguments = parser.parse_args(argv)
    bundles = [Bundle.load(find_bundle(name)) for name in arguments.bundle or BUNDLES]
    measured = groups(arguments)
    head = ("bundle", "nothing is meant in", "seconds", "events", "a minute", "at most (95 %)", "which")
    rows = [
        row_of(bundle, group)
        for bundle in bundles
        for group in measured
        if not (bundle.info.input == "sequence" and group.name.startswith("other words"))
    ]
    print(table(head, rows), end="\n\n")
    late = [row for bundle in bundles if bundle.id in SHOWN for row in delay_rows(bundle, arguments.cache)]
    print(table(("bundle", "frames a second", "shown", "missed", "too many", "median delay", "longest"), late))


if __name__ == "__main__":
    main()
