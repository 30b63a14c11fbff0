"""What `recognize` and `run` share: from modes and bundle names to recognizers."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from app import console
from app.settings import Settings
from recognizers.errors import BundleError, MudraError, UsageError
from recognizers.modes import ALL, MODE_NAMES

Progress = Callable[[str, int, int | None], None]

if TYPE_CHECKING:
    from app.ports import LandmarkerOpener
    from recognizers.bundle import Bundle
    from recognizers.bundle_info import BundleInfo
    from recognizers.recognizer import Recognizer


def add_mode_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --mode and --model."""
    parser.add_argument(
        "--mode",
        choices=(*MODE_NAMES, ALL),
        metavar="M",
        help="sign, gesture, emotion, or all that have a model (default: gesture, or the mode of --model)",
    )
    parser.add_argument(
        "--model",
        metavar="B",
        help="a model's name or folder, instead of the mode's active one (see: mudra models list)",
    )


def open_recognizers(mode: str | None, model: str | None, settings: Settings) -> list[Recognizer]:
    """Load the models that a mode and a model name ask for.

    Args:
        mode: a mode, `all`, or None for the model's own or else the settings'.
        model: a bundle's name or path, or None for the active ones.
        settings: the user's choice of active bundles and thresholds.

    Raises:
        UsageError: the model serves another mode, or the mode has no active model.
        BundleError: a model is missing or damaged.
    """
    from recognizers.bundle import Bundle, find_bundle
    from recognizers.recognizer import Recognizer

    check_model(mode, model)
    chosen = {}
    if model is not None:
        bundle = Bundle.load(find_bundle(model))
        chosen[bundle.info.mode] = bundle
        mode = mode or bundle.info.mode
    modes = MODE_NAMES if mode == ALL else (mode or "gesture",)
    for name in modes:
        active = settings.bundle_of(name)
        if name in chosen or active is None:
            continue
        try:
            chosen[name] = _active_bundle(name, settings)
        except MudraError:
            # A mode whose model does not ship yet is left out of `all`; one that the user chose is not.
            if mode != ALL or name in settings.bundles or _is_there(active):
                raise
    if not chosen:
        raise UsageError(f"no model is active for mode {mode}", remedy="Train one, or name one with --model")
    return [
        Recognizer(chosen[name], settings.thresholds.get(name), settings.hold_seconds)
        for name in MODE_NAMES
        if name in chosen
    ]


def calibrate_stored(recognizers: Iterable[Recognizer]) -> None:
    """Take the user's resting faces out of the answers, say of which models, and warn of those that cannot be used."""
    from app.face_calibrations import use_stored

    for recognizer in recognizers:
        problem = use_stored(recognizer)
        if problem is not None:
            console.print_warning(str(problem))
        elif recognizer.calibration is not None:
            console.print_line(f"{recognizer.bundle_id}: calibrated to your resting face")


def check_model(mode: str | None, model: str | None) -> None:
    """Look at a model that was named, without loading it.

    Args:
        mode: what it is to serve: a mode, `all`, or None for its own.
        model: its name or path; None is fine.

    Raises:
        UsageError: it serves another mode.
        BundleError: it is missing or damaged.
    """
    if model is None:
        return
    from recognizers.bundle import Bundle, find_bundle

    serves = Bundle.load(find_bundle(model)).info.mode
    if mode not in (None, ALL, serves):
        raise UsageError(
            "the model is for another mode", where=model, expected=f"--mode {serves}", found=f"--mode {mode}"
        )


def _active_bundle(mode: str, settings: Settings) -> Bundle:
    """Load a mode's active bundle; what is wrong with one that the settings name is told with their file."""
    from recognizers import home
    from recognizers.bundle import Bundle, find_bundle

    active = settings.bundle_of(mode) or ""
    if mode not in settings.bundles:
        return Bundle.load(find_bundle(active))
    where = f"{home.settings_file()}, [bundles] {mode}"
    try:
        folder = find_bundle(active)
    except MudraError as error:
        remedy = "Name another there: mudra models list shows them"
        raise BundleError(f"{error.problem}: {active}", where=where, found=error.found, remedy=remedy) from None
    bundle = Bundle.load(folder)
    if bundle.info.mode != mode:
        raise BundleError(
            f"the model {active} is for another mode",
            where=where,
            expected=f"a model for {mode}",
            found=f"one for {bundle.info.mode}",
            remedy="Name another there: mudra models list shows them",
        )
    return bundle


def _is_there(name: str) -> bool:
    from recognizers.bundle import find_bundle

    try:
        find_bundle(name)
    except MudraError:
        return False
    return True


def own_thresholds(settings: Settings) -> dict[str, dict[str, float]]:
    """Return the models' own thresholds by mode and label; modes without a model that can be read are left out."""
    found = {}
    for mode in MODE_NAMES:
        with contextlib.suppress(MudraError):
            if settings.bundle_of(mode) is not None:
                found[mode] = reported_thresholds(_active_bundle(mode, settings).info)
    return found


def reported_thresholds(info: BundleInfo) -> dict[str, float]:
    """Return a model's own thresholds by label, for the labels that it can report."""
    reported = [label for label in info.all_labels if label not in info.background]
    return {label: info.thresholds.get(label, info.default_threshold) for label in reported}


def mesh_wanted(settings: Settings) -> bool:
    """Return whether the face's mesh is to be looked for: the user wants it, and its model file is installed."""
    from app.ports import mesh_installed

    return settings.face_mesh and mesh_installed()


def landmarker_opener(settings: Settings, progress: Progress | None = None) -> LandmarkerOpener:
    """Return what opens a landmarker as the settings allow; missing model files are fetched.

    Args:
        settings: the user's.
        progress: is told what is fetched: a line, the bytes done, the bytes in all; None prints it.
    """
    from functools import partial

    from app.ports import open_landmarker

    return partial(open_landmarker, allow_usage_reports=settings.usage_reports, progress=progress or _tell)


def _tell(line: str, done: int, total: int | None) -> None:
    """Print what is being fetched, not how far it has come."""
    if total is None:
        console.print_line(line)
