"""Bundles that people give each other: out as a folder or one zip, in again with every file checked."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.bundle_store import check_bundle_name, put_into_trash
from recognizers import home
from recognizers.array_files import replacing
from recognizers.bundle import Bundle, checked_contents, find_bundle
from recognizers.bundle_files import BundleFiles, check_name, open_bundle_files
from recognizers.bundle_info import INFO_FILE, MODEL_FILE, checksum
from recognizers.bundle_writer import check_place, write_files
from recognizers.errors import BundleError, OutputError, UsageError
from recognizers.fields import Fields

REPORT_FILE = "report.json"
"""Goes with a bundle, which does not list it. A report that is a page does not: pages may hold programs."""


def export_bundle(name: str, target: Path, *, replace: bool = False) -> Path:
    """Write a copy of a bundle: what its `bundle.json` lists, checked, and its report.

    Args:
        name: its name or path.
        target: a zip, where it ends in `.zip`, else a folder that becomes the bundle.
        replace: whether an older zip or bundle may stand there.

    Raises:
        BundleError: it is missing or damaged.
        OutputError: it cannot be written, or something stands there already.
    """
    folder = find_bundle(name)
    with open_bundle_files(folder) as files:
        _, contents = checked_contents(files, folder)
        contents |= _report(files, folder)
    if target.suffix.lower() != ".zip":
        if not replace and (target / INFO_FILE).exists():
            raise _exists(target)
        check_place(target)
        write_files(target, contents)
        return target
    if target.is_dir() or (target.exists() and not replace):
        raise _exists(target)
    with replacing(target) as file:
        file.write(_zipped(target.stem, contents))
    return target


def _exists(target: Path) -> OutputError:
    return OutputError("there is something already", where=target, remedy="Choose another place, or add --replace")


def _report(files: BundleFiles, where: Path) -> dict[str, bytes]:
    if not files.has(REPORT_FILE):
        return {}
    content = files.read(REPORT_FILE)
    Fields.of_bytes(content, where / REPORT_FILE, BundleError)
    return {REPORT_FILE: content}


def _zipped(root: str, contents: Mapping[str, bytes]) -> bytes:
    """Return a zip with one folder; the same contents give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            member = zipfile.ZipInfo(f"{root}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, contents[name])
    return packed.getvalue()


def _renamed(content: bytes, name: str) -> bytes:
    """Return a `bundle.json` with another id; all else in it stays, also what this version does not know."""
    values = {**json.loads(content), "id": name}
    values["checksum"] = checksum(values)
    return (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        bundle: it, loaded from its new place.
        left_out: the names of files that were not taken.
        replaced: where an older bundle of its name lies now, in the trash; None where there was none.
    """

    bundle: Bundle
    left_out: tuple[str, ...]
    replaced: Path | None


def import_bundle(source: Path, name: str | None = None, *, replace: bool = False) -> Imported:
    """Take a bundle that somebody made among the user's own, once all of it is checked and has answered once.

    Args:
        source: its folder or zip.
        name: what to call it; None for the name that it gives itself.
        replace: whether one of the user's of this name goes into the trash for it.

    Raises:
        BundleError: it is damaged, holds what no bundle holds, or does not fit this program.
        TooNewError: it was made by a newer Mudra.
        UsageError: the name is none, or there is one of this name already.
        OutputError: it cannot be written.
    """
    if not source.exists():
        raise BundleError("is not there", where=source, expected="a bundle's folder or zip")
    with open_bundle_files(source) as files:
        names = files.names()
        info, contents = checked_contents(files, source)
        contents |= _report(files, source)
    for each in contents:
        check_name(each, source)
    if name is not None:
        contents[INFO_FILE] = _renamed(contents[INFO_FILE], check_bundle_name(name))
    name = check_bundle_name(name or info.id)
    try_out(Bundle(info, contents[MODEL_FILE], source))
    folder = home.models_folder() / name
    replaced = None
    if folder.exists():
        if not replace:
            raise UsageError(
                "you have a model of this name already",
                where=name,
                remedy="Give it another with --name, or put the older one into the trash with --replace",
            )
        if folder.resolve() == source.resolve():
            raise UsageError("the model cannot be replaced by itself", where=source)
        check_place(folder)
        replaced = put_into_trash(folder)
    try:
        write_files(folder, contents)
    except OutputError:
        if replaced is not None:
            replaced.rename(folder)
        raise
    return Imported(Bundle.load(folder), tuple(each for each in names if each not in contents), replaced)


def try_out(bundle: Bundle) -> None:
    """Let a bundle answer once, to zeros: it runs, and its first real answer is as quick as all others.

    Raises:
        BundleError: it answers with what are no probabilities.
    """
    import numpy as np

    scores = bundle.run(np.zeros((1, *bundle.info.input_shape), np.float32))
    if not np.isfinite(scores).all() or not abs(float(scores.sum()) - 1) < 1e-2:
        raise BundleError("the model's answers are no probabilities", where=bundle.folder)
