"""Hands that nobody showed: poses of the kinematic hand, drawn, and looked at with our own landmarker.

The file is a table of what to draw, described in docs/importing.md. What the landmarker gets wrong about drawn hands it
gets wrong about people's too, so these teach what noise that is added to landmarks does not: benchmarks/models.md has
the figures.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recognizers import handmodel
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, SourceError
from recognizers.fields import Fields
from recognizers.hand_pictures import picture_of
from recognizers.handmodel import Pose
from recognizers.importers import ImportOptions
from recognizers.importers.pool import worked_on
from recognizers.landmarker import Landmarker
from recognizers.types import FloatArray, Frame, Landmarks

SOURCE_NOTE = (
    "Drawn hands in poses of assets/poses.toml, found in their pictures by our own landmarker; nobody's. One that was "
    "not found, found far off or taken for the other hand is left out. The signer is one of the generated people, "
    "each with a hand of their own"
)
PEOPLE = 100
"""So many hands, each with its own measures, take turns."""
CHUNK = 50
FAR = 0.3
"""Palm lengths, on average over the landmarks, by which a hand between two poses must miss every pose."""
BETWEEN = (0.3, 0.7)
"""How far it is on its way."""
OFF = 0.35
"""Palm lengths by which the landmarker may err."""
TRIES = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """Some hands of one label: those of one pose, or those on the way between some."""

    label: str
    poses: tuple[str, ...]
    between: bool
    number: int
    count: int
    seed: int


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip of one frame for each hand that was found, label by label.

    Args:
        path: the table.
        options: see `ImportOptions`.

    Raises:
        SourceError: there is no such file.
        FormatError: it is not such a table, or names a pose that there is not.
        LandmarkerFileError: the landmark model is missing and cannot be fetched.
    """
    todo = [wanted for wanted in _plan(path) if options.wants(wanted.label)]
    if not todo:
        raise FormatError("there is nothing to draw", where=path, expected="hands of a label that is wanted")
    done, total = 0, sum(wanted.count for wanted in todo)
    for wanted, (found, identity) in zip(todo, worked_on(todo, _look, _stills, options.workers), strict=True):
        for person, hand in found:
            yield _clip(wanted, person, hand, identity, options)
        done += wanted.count
        options.done(done, total)


def _clip(wanted: Wanted, person: int, hand: Landmarks, identity: str, options: ImportOptions) -> Clip:
    header = ClipHeader(
        label=wanted.label,
        mode=options.mode,
        signer=options.signer or f"generated-{person}",
        session=options.session,
        source=f"generated: {' - '.join(wanted.poses) if not wanted.between else 'between poses'}",
        landmarker=identity,
        image_size=hand.image_size,
        extra={"generated": True},
    )
    return Clip.of(header, [hand])


def _plan(path: Path) -> list[Wanted]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", where=path) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as error:
        raise FormatError("this is not a table of hands to draw", where=path, found=error) from None
    fields = Fields(document, path)
    wanted: list[Wanted] = []
    for label in fields.fields("poses").values:
        row = fields.fields("poses").fields(label)
        for pose in row.values:
            wanted += _chunks(label, (_known(pose, path),), False, row.integer(pose, 1))
    if "between" in document:
        row = fields.fields("between")
        poses = tuple(_known(pose, path) for pose in row.texts("poses"))
        if len(poses) < 2:
            raise row.wrong("poses", "two or more", poses)
        wanted += _chunks(row.text("label"), poses, True, row.integer("count", 1))
    return wanted


def _known(pose: str, path: Path) -> str:
    if pose not in handmodel.poses():
        raise FormatError("there is no such pose", where=path, expected=", ".join(handmodel.poses()), found=pose)
    return pose


def _chunks(label: str, poses: tuple[str, ...], between: bool, count: int) -> list[Wanted]:
    # The seed is made of what is drawn, so that another row of the table changes nothing of this one.
    seed = int.from_bytes(f"{label}/{','.join(poses)}".encode(), "big") % 2**61
    starts = range(0, count, CHUNK)
    return [Wanted(label, poses, between, start, min(CHUNK, count - start), seed) for start in starts]


def _stills() -> Landmarker:
    return Landmarker(stills=True, hands=1, room=False)


def _look(wanted: Wanted, landmarker: Landmarker) -> tuple[list[tuple[int, Landmarks]], str]:
    found = []
    for number in range(wanted.number, wanted.number + wanted.count):
        person, side = number // 2 % PEOPLE, number % 2
        rng = np.random.default_rng((wanted.seed, number))
        anatomy = handmodel.vary_anatomy(np.random.default_rng(person))
        points = handmodel.posed(_posture(wanted, rng), side, anatomy)
        image, truth = picture_of(points, side, rng)
        landmarks = landmarker.detect(Frame(image, 0, 0))
        if landmarks.hands_found[side] and _error(landmarks.hands[side], truth) < OFF:
            found.append((person, landmarks))
    return found, landmarker.identity


def _posture(wanted: Wanted, rng: np.random.Generator) -> Pose:
    known = handmodel.poses()
    if not wanted.between:
        return handmodel.vary_pose(known[wanted.poses[0]], rng)
    for _ in range(TRIES):
        start, end = (known[str(name)] for name in rng.choice(wanted.poses, 2, replace=False))
        share = float(rng.uniform(*BETWEEN))
        posture = handmodel.blend(handmodel.vary_pose(start, rng), handmodel.vary_pose(end, rng), share)
        if _is_far(posture, wanted.poses):
            break
    return posture


def _is_far(posture: Pose, poses: Sequence[str]) -> bool:
    """Tell whether a posture is none of these poses, as the camera sees it."""
    points = handmodel.posed(posture)[:, :2]
    return all(np.linalg.norm(points - one, axis=-1).mean() > FAR for name in poses for one in _mean_views(name))


@functools.cache
def _mean_views(name: str) -> list[FloatArray]:
    pose = handmodel.poses()[name]
    turns = [replace(pose, orientations=(orientation,)) for orientation in pose.orientations]
    return [handmodel.posed(turn)[:, :2].astype(np.float32) for turn in turns]


def _error(hand: FloatArray, truth: FloatArray) -> float:
    """Return by how much the landmarker errs on average, in lengths from wrist to middle knuckle as seen."""
    palm = max(float(np.linalg.norm(truth[9, :2] - truth[0, :2])), 0.1)
    return float(np.linalg.norm(hand[:, :2] - truth[:, :2], axis=-1).mean()) / palm
