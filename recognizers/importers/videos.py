"""Videos in folders that are their labels, each a clip: `label/video.mp4`, or by signer `label/signer/video.mp4`.

Every frame is looked at by our own landmarker as a stream, as it would be live. In emotion mode a video becomes the
aligned crops of its largest face, five a second. Several processes may work, each on a video at a time, and a cache
keeps what is finished: an import that was interrupted, even killed, goes on with the next video.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path

import numpy as np

from recognizers import landmarker_files
from recognizers.array_files import AnyArray
from recognizers.clips import PIXELS, Clip, ClipHeader, load_clip, save_clip
from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.frames import ASSUMED_FRAME_RATE, READABLE_SHARE, VideoSource
from recognizers.importers import ImportOptions
from recognizers.importers.by_label import files_by_label
from recognizers.importers.faces import FaceCropper
from recognizers.importers.pool import worked_on
from recognizers.landmarker import Landmarker
from recognizers.media import VIDEO_SUFFIXES, Media, media_of
from recognizers.modes import EMOTION, mode_named
from recognizers.sequence import Ticker
from recognizers.types import Frame

SOURCE_NOTE = (
    "Videos as taken, not mirrored here; rate and times are the container's, and the picture's size is known. "
    "Landmarks are those of our own landmarker, which follows hands from frame to frame. A video in which no hand was "
    "found is kept without points. In emotion mode: grey crops of 48 x 48 pixels, five a second, of frames in which "
    "the face was found, eyes and mouth brought to their places (extra: aligned is true)."
)

Looker = Landmarker | FaceCropper
FACES_HZ = 5.0
"""How many faces a second are kept in emotion mode: neighbouring frames show nothing new."""


@dataclass(frozen=True, slots=True)
class Video:
    """One video: its file, its label, its signer where a folder tells, the mode it is looked at for, and its key."""

    path: Path
    label: str
    signer: str | None
    mode: str
    key: str


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip for each video, sorted by label, signer and name; hidden files and other kinds are left out.

    Args:
        path: the folder whose folders are the labels.
        options: see `ImportOptions`; `signer` stands for all where it is given.

    Raises:
        SourceError: there is no such folder, no video, or one cannot be read and `options.report` is None.
        LandmarkerFileError: a landmark model is missing and cannot be fetched.
    """
    videos = _videos(path, options)
    for name in _models(options.mode):
        landmarker_files.ensure(name)  # once, before several processes want it
    todo = [video for video in videos if _cached(video, options.cache) is None]
    open_tool: Callable[[], AbstractContextManager[Looker]]
    open_tool = _cropper if options.mode == EMOTION.name else partial(_streams, options.mode)
    with closing(worked_on(todo, watch, open_tool, options.workers)) as working:
        for number, video in enumerate(videos, 1):
            result: Clip | MudraError | None = _cached(video, options.cache)
            if result is None:
                result = next(working)
                if options.cache is not None and isinstance(result, Clip):
                    save_clip(options.cache / f"{video.key}.npz", result)
            if isinstance(result, Clip):
                yield _named(result, video, options)
                result = _cut_short(result, video)
            if result is not None:
                options.broken(result)
            options.done(number, len(videos))


def _models(mode: str) -> list[str]:
    if mode == EMOTION.name:
        return ["face_detector"]
    wanted = mode_named(mode)
    return [name for name, needed in (("hand", wanted.hands), ("face_detector", wanted.face)) if needed]


def _streams(mode: str) -> AbstractContextManager[Looker]:
    wanted = mode_named(mode)
    return Landmarker(hands=wanted.hands, face=wanted.face)


def _cropper() -> AbstractContextManager[Looker]:
    return nullcontext(FaceCropper())


def _videos(path: Path, options: ImportOptions) -> list[Video]:
    files = files_by_label(path, options, _is_video, what="video", example="video.mp4")
    return [Video(*file, options.mode, _key(path, file.path, options.mode)) for file in files]


def _is_video(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return not path.is_dir()
    try:
        return suffix in ("", ".gif") and path.is_file() and media_of(path) is Media.VIDEO
    except SourceError:
        return False


def _key(root: Path, video: Path, mode: str) -> str:
    """Return a name made of what a result depends on: the video and what looks at it."""
    status = video.lstat()
    looking = [metadata.version("mediapipe"), *(landmarker_files.file_named(name).identity for name in _models(mode))]
    facts = [1, video.relative_to(root).as_posix(), status.st_size, status.st_mtime_ns, mode, looking]
    return hashlib.sha256(json.dumps(facts).encode("utf-8", "surrogatepass")).hexdigest()


def _cached(video: Video, cache: Path | None) -> Clip | None:
    """Return a clip from the cache; None where there is none that can be read."""
    path = None if cache is None else cache / f"{video.key}.npz"
    if path is None or not path.is_file():
        return None
    try:
        return load_clip(path)
    except FormatError:
        return None


def watch(video: Video, tool: Looker) -> Clip | MudraError:
    """Return a video's clip, or why there is none."""
    try:
        with VideoSource(video.path) as source:
            return _faces(video, source, tool) if isinstance(tool, FaceCropper) else _landmarks(video, source, tool)
    except (SourceError, FormatError) as problem:
        return problem


def _landmarks(video: Video, source: VideoSource, landmarker: Landmarker) -> Clip:
    landmarker.reset()
    found = [landmarker.detect(frame) for frame in source.items()]
    header = _header(video, source, landmarker.identity, len(found))
    return Clip.of(replace(header, image_size=found[0].image_size), found)


def _faces(video: Video, source: VideoSource, cropper: FaceCropper) -> Clip:
    """Return the clip of a video's faces.

    Raises:
        SourceError: no face was found.
    """
    ticker, times, crops = Ticker(FACES_HZ), list[int](), list[AnyArray]()
    frame: Frame | None = None
    for frame in source.items():
        if ticker.due(frame.t_ns) and (crop := cropper.crop(frame.image)) is not None:
            times.append(frame.t_ns)
            crops.append(crop)
    if frame is None or not crops:
        raise SourceError("no face was found", where=video.path, expected="one whose eyes and mouth are seen")
    header = _header(video, source, cropper.identity, frame.index + 1)
    header = replace(header, kind=PIXELS, image_size=frame.size, extra={**header.extra, "aligned": True})
    t_ns = np.array(times, np.int64) - times[0]
    return Clip.of_arrays(header, {"t_ns": t_ns, "frames": np.stack(crops)}, video.path)


def _header(video: Video, source: VideoSource, identity: str, frames: int) -> ClipHeader:
    extra: dict[str, object] = {"video": video.path.name}
    if source.frame_rate is None:
        extra["fps_assumed"] = True
    if source.frame_count is not None and frames < READABLE_SHARE * source.frame_count:
        extra["frames_stated"] = source.frame_count
    return ClipHeader(
        label=video.label,
        mode=video.mode,
        fps=source.frame_rate or ASSUMED_FRAME_RATE,
        source=f"videos: {video.label}/{video.path.name}",
        landmarker=identity,
        extra=extra,
    )


def _named(clip: Clip, video: Video, options: ImportOptions) -> Clip:
    """Return a clip with what only this import knows: who shows it, and when."""
    place = "/".join(part for part in (video.label, video.signer, video.path.name) if part is not None)
    signer = options.signer or video.signer
    return replace(clip, header=replace(clip.header, signer=signer, session=options.session, source=f"videos: {place}"))


def _cut_short(clip: Clip, video: Video) -> SourceError | None:
    """Return what to say of a video that holds fewer frames than it states."""
    stated = clip.header.extra.get("frames_stated")
    if stated is None:
        return None
    return SourceError(
        "the video ends early; the clip covers what could be read",
        where=video.path,
        expected=f"{stated} frames",
        remedy="It may be cut off: copy it again",
    )
