"""Paths and templates: what is the same path, what is another, and rows that are wrong."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.errors import BundleError, FormatError, UsageError
from recognizers.fields import Fields
from recognizers.generated_traces import DRAWINGS
from recognizers.trace_file import read_traces, traces, traces_for
from recognizers.traces import POINTS, Matcher, evenly, read_trace
from tests.recognizers.drawn_hands import ELL, L_SHAPE

Array = npt.NDArray[np.float64]
ROW = ELL.to_json()
TEXT = resources.files("assets").joinpath("traces.toml").read_text(encoding="utf-8")


def track(path: object = L_SHAPE, seconds: float = 0.8, size: float = 1.5) -> tuple[Array, Array]:
    """Return times and points of somebody who draws a path and does nothing else."""
    points = evenly(np.array(path, float)) * size
    return np.linspace(-seconds, 0, len(points)), points


def turned(points: Array, degrees: float) -> Array:
    angle = np.radians(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    return points @ np.array([[cosine, sine], [-sine, cosine]])


# --- what is the same path --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0.7, 1.0, 3.0, 4.9])
@pytest.mark.parametrize("seconds", [0.25, 0.8, 1.9])
def test_a_path_is_itself_at_any_size_and_speed(size: float, seconds: float) -> None:
    fit = Matcher(ELL).fit(*track(seconds=seconds, size=size))
    assert fit is not None and fit.probability > 0.99


@pytest.mark.parametrize("degrees", [-24, -15, 15, 24])
def test_a_path_may_be_turned_a_little(degrees: float) -> None:
    times, points = track()
    fit = Matcher(ELL).fit(times, turned(points, degrees))
    assert fit is not None and fit.probability > 0.99


@pytest.mark.parametrize("degrees", [-90, -60, 60, 90, 180])
def test_a_path_that_is_turned_further_is_another(degrees: float) -> None:
    times, points = track()
    fit = Matcher(ELL).fit(times, turned(points, degrees))
    assert fit is None or fit.probability < 0.7


def test_a_mirror_image_is_another_path() -> None:
    times, points = track()
    assert Matcher(ELL).fit(times, points * (-1, 1)) is None
    assert Matcher(ELL).fit(times, points[::-1]) is None


def test_uneven_speed_does_not_matter() -> None:
    _, points = track()
    slow_first = np.concatenate([np.repeat(points[:10], 4, axis=0), points[10:]])
    fit = Matcher(ELL).fit(np.linspace(-1.2, 0, len(slow_first)), slow_first)
    assert fit is not None and fit.probability > 0.95


def test_what_was_before_a_path_is_left_out() -> None:
    before = np.linspace((2.0, -1.0), (0.0, 0.0), 20, endpoint=False)
    _, points = track()
    times = np.linspace(-1.3, 0, 20 + len(points))
    fit = Matcher(ELL).fit(times, np.concatenate([before, points]))
    assert fit is not None and fit.probability > 0.95
    assert abs(fit.first - 20) <= 2


def test_what_looks_like_it_and_is_not_it_does_not_count() -> None:
    straight, hooked = ((0, 0), (0, 1)), ((0, 0), (0, 1), (0.12, 1))
    assert Matcher(ELL).fit(*track(straight)) is None
    near = replace(ELL, not_paths=())
    slack = replace(near, half_distance=1.0)
    assert Matcher(slack).fit(*track(hooked)) is not None
    assert Matcher(replace(slack, not_paths=ELL.not_paths)).fit(*track(hooked)) is None


@pytest.mark.parametrize(("seconds", "size"), [(0.1, 1.5), (2.5, 1.5), (0.8, 0.3), (0.8, 6.0)])
def test_too_fast_slow_small_or_large_is_none(seconds: float, size: float) -> None:
    times, points = track(seconds=seconds, size=size)
    fit = Matcher(ELL).fit(times, points)
    assert fit is None or fit.first > 0, "the whole of it is not"


def test_a_tip_that_stands_draws_nothing() -> None:
    assert Matcher(ELL).fit(np.linspace(-1, 0, 30), np.zeros((30, 2))) is None


def test_further_off_is_less_probable() -> None:
    found = []
    for bulge in (0.0, 0.05, 0.1, 0.15):
        times, points = track()
        away = points + bulge * np.sin(np.linspace(0, 3 * np.pi, len(points)))[:, None]
        fit = Matcher(replace(ELL, not_paths=())).fit(times, away)
        assert fit is not None
        found.append(fit.probability)
    assert found == sorted(found, reverse=True)
    assert found[0] - found[-1] > 0.1


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=2, max_size=60))
def test_any_track_fits_or_not_and_nothing_else(points: list[tuple[float, float]]) -> None:
    fit = Matcher(ELL).fit(np.linspace(-1.5, 0, len(points)), np.array(points))
    assert fit is None or (0.5 <= fit.probability <= 1 + 1e-9 and 0 <= fit.first < len(points))


def test_points_are_evenly_spaced() -> None:
    steps = np.linalg.norm(np.diff(evenly(np.array(((0, 0), (0, 1), (3, 1)), float)), axis=0), axis=1)
    assert len(steps) == POINTS - 1
    # Only the corner is cut.
    assert np.sum(np.abs(steps - 4 / (POINTS - 1)) > 1e-9) <= 1


# --- rows -------------------------------------------------------------------------------------------------


def test_a_row_is_read_as_it_was_written() -> None:
    assert read_trace(Fields(json.loads(json.dumps(ROW)), "here")) == ELL


def without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.pop(name)


WRONG: dict[str, tuple[str, Any]] = {
    "no label": ("label", " "),
    "the wrist": ("tip", 0),
    "no landmark": ("tip", 21),
    "nothing to begin with": ("begins", []),
    "a word for labels": ("shapes", "palm"),
    "too sure": ("least_share", 1.5),
    "falling seconds": ("seconds", [2.0, 0.2]),
    "no time": ("seconds", [0, 1]),
    "three sizes": ("size", [1, 2, 3]),
    "no paths": ("paths", []),
    "a path of one corner": ("paths", [[[0, 0]]]),
    "a path that leads nowhere": ("paths", [[[1, 1], [1, 1]]]),
    "a corner in space": ("paths", [[[0, 0, 0], [1, 1, 1]]]),
    "a corner of words": ("paths", [[["a", "b"], [0, 1]]]),
    "far away": ("paths", [[[0, 0], [1e9, 0]]]),
    "too many paths": ("paths", [[[0, 0], [1, 1]]] * 33),
    "no list": ("not_paths", {}),
    "exact": ("half_distance", 0),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_row_is_refused_in_one_line(what: str) -> None:
    name, value = WRONG[what]
    with pytest.raises(BundleError, match=rf"traces\[0\]\.{name}") as caught:
        read_trace(Fields({**ROW, name: value}, "there", BundleError, "traces[0]."))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", sorted(ROW))
def test_no_field_may_be_missing(name: str) -> None:
    with pytest.raises(FormatError, match=name):
        read_trace(Fields({key: value for key, value in ROW.items() if key != name}, "there"))


@pytest.mark.parametrize("text", ["traces = 3", "[traces]\nlabel = 'J'", "[[traces]", "", TEXT + TEXT])
def test_a_file_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="here"):
        read_traces(text, "here")


def test_a_label_stands_once() -> None:
    rows = tomllib.loads(TEXT)["traces"]
    assert [row["label"] for row in rows] == list(traces()) == ["J", "Z"]
    with pytest.raises(FormatError, match="each label once"):
        read_traces(TEXT.replace('label = "Z"', 'label = "J"'), "here")


# --- those that ship --------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["J", "Z"])
def test_the_ways_of_made_up_people_fit_their_own_letter_alone(label: str) -> None:
    rng, other = np.random.default_rng(3), "Z" if label == "J" else "J"
    right = wrong = 0
    for _ in range(100):
        drawing = DRAWINGS[label](rng)
        times = np.linspace(-drawing.seconds, 0, len(drawing.way))
        fits = {name: Matcher(traces()[name]).fit(times, drawing.way[:, :2]) for name in (label, other)}
        right += (fit := fits[label]) is not None and fit.probability >= 0.7
        wrong += (fit := fits[other]) is not None and fit.probability >= 0.7
    assert right >= 97
    assert wrong == 0


def test_traces_for_a_bundle_name_only_its_labels() -> None:
    [z] = traces_for(("Z",), {"D", "X", "S", "A"})
    assert (z.begins, z.shapes) == (("D", "X"), ("S",))
    assert z.paths == traces()["Z"].paths
    assert [trace.label for trace in traces_for(("Z", "J", "Z"))] == ["Z", "J"]


@pytest.mark.parametrize(
    ("wanted", "labels", "told"),
    [("Q", {"I"}, "no sign"), ("J", {"I", "J"}, "already"), ("J", {"A", "B"}, "begins")],
)
def test_traces_that_do_not_fit_the_data_are_refused(wanted: str, labels: set[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        traces_for((wanted,), labels)
