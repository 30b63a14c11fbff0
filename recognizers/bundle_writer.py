"""Writing a bundle: checked against the network that it was exported from, then put in place whole."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from recognizers.bundle import Bundle, checked_contents
from recognizers.bundle_files import open_bundle_files
from recognizers.bundle_info import CARD_FILE, INFO_FILE, MODEL_FILE, WEIGHTS_FILE, BundleInfo, read_info
from recognizers.errors import BundleError, OutputError
from recognizers.fields import Fields
from recognizers.types import FloatArray

TRIALS = 16
TOLERANCE, ROUNDED_TOLERANCE = 1e-4, 0.1
"""How much probabilities may differ after the export, and after its weights have been rounded to 8 bits."""
_RANDOM = "?" * 8
"""What `tempfile` makes names different by."""


def save_bundle(
    folder: Path,
    info: BundleInfo,
    *,
    model: bytes,
    weights: bytes,
    card: str,
    reference: Callable[[FloatArray], FloatArray],
    rounded: bytes | None = None,
) -> Bundle:
    """Write a bundle and return it loaded; an older one at the same place is replaced only at the very end.

    Args:
        folder: where the bundle shall stand; its name should be `info.id`.
        info: what `bundle.json` will say.
        model: the LiteRT model.
        weights: the network's weights for more training, HDF5.
        card: the model card, Markdown.
        reference: the network that the model was exported from, from normalised inputs (n, *input_shape) to
            probabilities (n, C).
        rounded: the LiteRT model with weights of 8 bits, which then ships instead; None to ship `model` itself.

    Raises:
        BundleError: an exported model answers differently than the network, or not finitely; or the bundle would be
            refused when it is loaded.
        OutputError: the folder cannot be written, or holds something else.
    """
    check_place(folder)
    shipped = model if rounded is None else rounded
    contents = {MODEL_FILE: shipped, WEIGHTS_FILE: weights, CARD_FILE: card.encode()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    contents[INFO_FILE] = _info_file(info, hashes, folder)
    plain = Bundle(info, model, folder)
    _compare(plain, reference, TOLERANCE)
    if rounded is not None:
        _compare(Bundle(info, rounded, folder), plain.run, ROUNDED_TOLERANCE)
    write_files(folder, contents)
    return Bundle.load(folder)


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Put a bundle in its place, whole or not at all; an older one there is replaced at the very end.

    Args:
        folder: where it shall stand; see `check_place`.
        contents: what its files hold, by their plain names.

    Raises:
        OutputError: the folder cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, content in contents.items():
                _write(new / name, content)
            new.chmod(0o755)
            _put_in_place(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as problem:
        raise OutputError(f"the bundle cannot be written: {problem.strerror or problem}", where=folder) from None


def save_thresholds(source: Path, folder: Path, thresholds: Mapping[str, float]) -> Bundle:
    """Write a bundle again with other thresholds, its model untouched, and return it loaded.

    Args:
        source: the bundle, a folder or a zip.
        folder: where the changed one shall stand, its id after the folder's name; may be `source` itself.
        thresholds: by label; the others stay.

    Raises:
        BundleError: it is damaged, or would be refused when it is loaded.
        OutputError: the folder cannot be written, or holds something else.
    """
    check_place(folder)
    with open_bundle_files(source) as files:
        info, contents = checked_contents(files, source)
    changed = replace(info, id=folder.name, thresholds={**info.thresholds, **thresholds})
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items() if name != INFO_FILE}
    write_files(folder, {**contents, INFO_FILE: _info_file(changed, hashes, folder)})
    return Bundle.load(folder)


def clear_leftovers(folder: Path) -> None:
    """Clear up after a process that was killed while it wrote a bundle here; call it when that process is gone.

    An older bundle that it had moved aside, and not yet replaced, comes back. What cannot be removed stays.
    """
    for old in folder.parent.glob(f".{glob.escape(folder.name)}-old-{_RANDOM}"):
        # Of a bundle whose own name ends in -old there may be a folder of this kind, too.
        if (old / folder.name).is_dir():
            with contextlib.suppress(OSError):
                if not folder.exists():
                    (old / folder.name).rename(folder)
            shutil.rmtree(old, ignore_errors=True)
    for new in folder.parent.glob(f".{glob.escape(folder.name)}-{_RANDOM}"):
        shutil.rmtree(new, ignore_errors=True)


def check_place(folder: Path) -> None:
    """Check that a bundle may stand here: in a new or empty folder, or over an older bundle.

    Raises:
        OutputError: there is something else, which saving would delete.
    """
    try:
        free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
        if free or (folder / INFO_FILE).is_file():
            return
    except OSError as problem:
        raise OutputError(f"the bundle cannot be written: {problem.strerror or problem}", where=folder) from None
    raise OutputError(
        "there is something else already",
        where=folder,
        expected="a new or empty folder, or a bundle to replace",
        remedy="Choose another place",
    )


def _info_file(info: BundleInfo, hashes: Mapping[str, str], folder: Path) -> bytes:
    """Return the content of `bundle.json`, read back once, so that nothing is written that would be refused."""
    try:
        text = json.dumps(info.to_json(hashes), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        content = text.encode()
    except ValueError as problem:
        raise BundleError("the bundle cannot be described in JSON", where=folder, found=problem) from None
    read_info(Fields(json.loads(text), folder, BundleError), folder)
    return content


def _compare(bundle: Bundle, reference: Callable[[FloatArray], FloatArray], tolerance: float) -> None:
    """Run normal and extreme inputs through both; random weights never reach the places where converters go wrong."""
    rng = np.random.default_rng(0)
    shape = (TRIALS, *bundle.info.input_shape)
    inputs = (rng.normal(size=shape) * np.geomspace(0.01, 10, TRIALS).reshape(-1, *[1] * (len(shape) - 1))).astype(
        np.float32
    )
    inputs[0] = 0
    expected, found = reference(inputs), bundle.run(inputs)
    difference = float(np.abs(expected - found).max()) if np.isfinite(found).all() else float("nan")
    if not difference <= tolerance:
        raise BundleError(
            "the exported model does not answer as its network does",
            where=bundle.folder,
            expected=f"probabilities within {tolerance:g} for {TRIALS} inputs",
            found=f"a difference of {difference:g}",
            remedy="Nothing was saved; export it again or report this",
        )


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(new: Path, folder: Path) -> None:
    """Rename the new folder over the old one; a package's `__init__.py` or reports of the old one do not survive."""
    if not folder.exists():
        new.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    try:
        folder.rename(old / folder.name)
        try:
            new.rename(folder)
        except OSError:
            (old / folder.name).rename(folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
