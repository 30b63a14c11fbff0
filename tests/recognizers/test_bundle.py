"""Loading bundles: whole ones answer as they were made, all others are refused in one line."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers import home
from recognizers.bundle import Bundle, find_bundle, shipped_bundles, user_bundles
from recognizers.bundle_info import FORMAT, VERSION, checksum, read_info
from recognizers.errors import BundleError, FormatError, MudraError, TooNewError
from recognizers.features import BODY, FEATURES_VERSION, HAND
from recognizers.fields import Fields
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.drawn_hands import ELL

FILES = ("bundle.json", "card.md", "model.tflite", "network.weights.h5")
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that nobody changes."""
    folder = tmp_path_factory.mktemp("whole") / "tiny"
    tiny.saved(folder)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(whole, tmp_path / "tiny"))


def refusal(folder: Path, kind: type[MudraError] = BundleError) -> str:
    """Return the one line with which loading is refused."""
    with pytest.raises(kind) as caught:
        Bundle.load(folder)
    line = str(caught.value)
    assert type(caught.value) is kind and str(folder) in line
    assert len(line.splitlines()) == 1 and len(line) < 500
    return line


def changed(folder: Path, change: Change) -> Path:
    """Change the object of bundle.json and make its checksum right again, as somebody with intent would."""
    path = folder / "bundle.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    values["checksum"] = checksum(values)
    path.write_text(json.dumps(values), encoding="utf-8")
    return folder


def with_model(folder: Path, model: bytes) -> Path:
    """Put another model in, with its hash."""
    (folder / "model.tflite").write_bytes(model)
    return changed(folder, lambda v: v["files"].update({"model.tflite": hashlib.sha256(model).hexdigest()}))


# --- whole ones -------------------------------------------------------------------------------------------


def test_a_bundle_is_a_folder_of_four_files(whole: Path) -> None:
    assert sorted(path.name for path in whole.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("kind", ["still", "sequence"])
def test_what_it_says_is_read_as_it_was_written(tmp_path: Path, kind: str) -> None:
    labels = tiny.LABELS if kind == "still" else tiny.MOVES
    info = dataclasses.replace(
        tiny.info_of(kind, labels),
        id="Zeichen 手",
        labels=("nichts", "Ä", "👋"),
        background=("nichts",),
        thresholds={"Ä": 0.75},
        network_parameters={"units": [3], "deep": {"a": None}},
        metrics={"accuracy": 0.5, "split": "by signer"},
        data=({"name": "a", "clips": 3},),
        landmarker="hand-1",
        made={"seed": 1},
        rate_hz=5.0,
    )
    weights, bias = tiny.hand_weights() if kind == "still" else tiny.move_weights()
    model = tiny.tiny_model(weights, bias, info.input_shape)
    tiny.saved(tmp_path / "b", info, model=model, reference=tiny.tiny_function(weights, bias))
    assert Bundle.load(tmp_path / "b").info == info


def test_answers_are_probabilities_of_raw_features(whole: Path) -> None:
    bundle = Bundle.load(whole)
    rng = np.random.default_rng(1)
    features = rng.random((5, HAND.count), np.float32)
    scores = bundle.predict(features)
    assert scores.shape == (5, 3) and scores.dtype == np.float32
    assert scores.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-6)
    assert scores == pytest.approx(tiny.tiny_function(*tiny.hand_weights())(features), abs=1e-5)
    assert bundle.predict(features[:0]).shape == (0, 3)


def test_features_enter_standardised_and_missing_ones_as_zero() -> None:
    mean, deviation = np.arange(161.0), np.arange(1.0, 162.0)
    bundle = tiny.still_bundle(mean=tuple(mean), deviation=tuple(deviation))
    features = mean + 2 * deviation
    features[[0, 1, 2]] = np.nan, np.inf, -np.inf
    entered = bundle.normalise(features[None])
    assert entered.dtype == np.float32
    assert entered[0].tolist() == pytest.approx([0, 0, 0] + [2] * 158)


def test_a_wrong_number_of_features_is_a_defect_at_once(whole: Path) -> None:
    with pytest.raises(ValueError, match="broadcast"):
        Bundle.load(whole).predict(np.zeros((1, 160), np.float32))


def test_two_bundles_do_not_disturb_each_other(whole: Path) -> None:
    first, second = Bundle.load(whole), Bundle.load(whole)
    rows = np.random.default_rng(2).random((2, HAND.count), np.float32)
    kept = first.predict(rows[:1])
    answers = kept.copy()
    second.predict(rows[1:])
    first.predict(rows[1:])
    assert kept.tolist() == answers.tolist()


def test_other_files_beside_it_do_no_harm(folder: Path) -> None:
    (folder / "report.json").write_text("{}")
    (folder / "notes").mkdir()
    assert Bundle.load(folder).id == "tiny"


# --- damaged and tampered ones ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_anywhere_is_refused(folder: Path, name: str) -> None:
    path = folder / name
    content = path.read_bytes()
    places = {0, 1, len(content) // 2, len(content) - 1, *range(0, len(content), max(1, len(content) // 40))}
    for place in sorted(places):
        damaged = bytearray(content)
        damaged[place] ^= 0x01
        path.write_bytes(damaged)
        refusal(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "longer", "a folder"])
def test_files_that_are_not_whole_are_refused(folder: Path, name: str, harm: str) -> None:
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    if harm == "a folder":
        path.mkdir()
    elif harm != "missing":
        path.write_bytes({"empty": b"", "cut": content[:-3], "longer": content + b"x"}[harm])
    line = refusal(folder)
    assert "expected a folder with a bundle.json" in line or name in line


@pytest.mark.parametrize("place", ["missing", "file", "empty"])
def test_what_is_no_bundle_is_refused(tmp_path: Path, place: str) -> None:
    path = tmp_path / "x"
    if place == "file":
        path.write_text("{}")
    elif place == "empty":
        path.mkdir()
    assert "not a bundle" in refusal(path) and "mudra models list" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"not json", b"\xff\x00", b'{"format": "mudra-bundle"}'])
def test_a_bundle_json_of_something_else_is_refused(folder: Path, content: bytes) -> None:
    (folder / "bundle.json").write_bytes(content)
    refusal(folder)


def test_a_change_by_hand_is_noticed(folder: Path) -> None:
    path = folder / "bundle.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"palm"', '"fist!"'), encoding="utf-8")
    assert "was changed" in refusal(folder)


def test_another_layout_of_the_same_json_is_no_change(folder: Path) -> None:
    path = folder / "bundle.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(dict(reversed(values.items())), indent=3), encoding="utf-8")
    assert Bundle.load(folder).id == "tiny"


@pytest.mark.parametrize("version", [VERSION + 1, 999])
def test_a_newer_bundle_is_told_apart(folder: Path, version: int) -> None:
    """Also where everything else in it is new, checksum included."""
    values = {"format": FORMAT, "version": version, "surprise": [1]}
    (folder / "bundle.json").write_text(json.dumps(values))
    line = refusal(folder, TooNewError)
    assert f"version {VERSION} or older" in line and str(version) in line and "Update Mudra" in line


def test_features_of_another_version_are_refused(folder: Path) -> None:
    def older(values: dict[str, Any]) -> None:
        values["features"]["count"] = 7

    assert "Train it again" in refusal(changed(folder, older))

    def newer(values: dict[str, Any]) -> None:
        values["features"]["version"] = FEATURES_VERSION + 1

    line = refusal(changed(folder, newer), TooNewError)
    assert f"version {FEATURES_VERSION + 1}" in line and "Update Mudra" in line


def put(*names: str, to: object) -> Change:
    """Return the change that sets one field."""

    def change(values: dict[str, Any]) -> None:
        for name in names[:-1]:
            values = values[name]
        values[names[-1]] = to

    return change


WRONG: dict[str, Change] = {
    "format": put("format", to="zip"),
    "version zero": put("version", to=0),
    "version text": put("version", to="1"),
    "version true": put("version", to=True),
    "mode": put("mode", to="dance"),
    "input": put("input", to="smell"),
    "input of other features": put("input", to="sequence"),
    "no labels": put("labels", to=[]),
    "one label": put("labels", to=["a"]),
    "the same label twice": put("labels", to=["none", "palm", "palm"]),
    "labels that are numbers": put("labels", to=["none", 1, 2]),
    "half a character": put("labels", to=["none", "\ud800", "b"]),
    "background elsewhere": put("background", to=["nobody"]),
    "all background": put("background", to=list(tiny.LABELS)),
    "unknown features": put("features", "set", to="smell"),
    "features of movements": put("features", to={"set": "body", "version": FEATURES_VERSION, "count": BODY.count}),
    "no steps": put("window", "steps", to=0),
    "endless steps": put("window", "steps", to=10**9),
    "seconds that are none": put("window", "seconds", to=-1),
    "no rate": put("rate_hz", to=0),
    "mean too short": put("normalisation", "mean", to=[0.0] * 160),
    "mean not finite": put("normalisation", "mean", to=[float("nan")] * 161),
    "mean too large": put("normalisation", "mean", to=[10**400] * 161),
    "deviation of zero": put("normalisation", "deviation", to=[0.0] * 161),
    "deviation below": put("normalisation", "deviation", to=[-1.0] * 161),
    "deviation infinite": put("normalisation", "deviation", to=[float("inf")] * 161),
    "threshold above one": put("thresholds", "labels", to={"palm": 1.5}),
    "threshold not finite": put("thresholds", "labels", to={"palm": float("nan")}),
    "default threshold": put("thresholds", "default", to="high"),
    "metrics not finite": put("metrics", to={"accuracy": float("nan")}),
    "data": put("data", to={"name": "x"}),
    "licence": put("licence", to=None),
    "id": put("id", to=7),
    "network": put("network", to="mlp"),
    "traces that are none": put("traces", to={"label": "J"}),
    "traces of numbers": put("traces", to=[1]),
    "a trace without a path": put("traces", to=[{**ELL.to_json(), "paths": []}]),
    "a trace of a known label": put("traces", to=[{**ELL.to_json(), "label": "fist"}]),
    "the same trace twice": put("traces", to=[ELL.to_json()] * 2),
    "a trace of unknown shapes": put("traces", to=[{**ELL.to_json(), "shapes": ["I"]}]),
    "a trace of the background": put("traces", to=[{**ELL.to_json(), "begins": ["none"]}]),
    "endless traces": put("traces", to=[{**ELL.to_json(), "label": f"{number}"} for number in range(101)]),
    "no files": put("files", to={}),
    "files without the model": lambda values: values["files"].pop("model.tflite"),
    "hash": put("files", "model.tflite", to="0" * 64),
    "hash of no text": put("files", "model.tflite", to=None),
    **{
        f"file {name!r}": put("files", name, to="0" * 64)
        for name in ("../x", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "C:x", "a\0b", "x" * 300, "missing")
    },
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_content_is_refused_though_its_checksum_is_right(folder: Path, what: str) -> None:
    try:
        changed(folder, WRONG[what])
    except UnicodeEncodeError:  # no checksum of it can be made
        values = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        WRONG[what](values)
        (folder / "bundle.json").write_text(json.dumps(values))
    refusal(folder)


def test_a_file_outside_is_refused_even_if_its_hash_is_known(folder: Path) -> None:
    outside = folder.parent / "outside.txt"
    outside.write_text("secret")
    digest = hashlib.sha256(b"secret").hexdigest()
    assert "outside.txt" in refusal(changed(folder, put("files", "../outside.txt", to=digest)))


@pytest.mark.parametrize("name", sorted(json.loads(json.dumps(tiny.info_of().to_json({})))))
def test_no_field_may_be_missing_but_the_optional_ones(folder: Path, name: str) -> None:
    changed(folder, lambda values: values.pop(name))
    path = folder / "bundle.json"
    if name == "checksum":
        values = json.loads(path.read_text(encoding="utf-8"))
        del values["checksum"]
        path.write_text(json.dumps(values))
    if name in ("landmarker", "metrics", "made"):
        assert Bundle.load(folder).id == "tiny"
    else:
        assert name in refusal(folder)


# --- models that do not fit -------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [b"", b"garbage", b"\x00" * 100, b"\x1c\x00\x00\x00TFL3" + b"\x00" * 64])
def test_a_model_that_is_none_is_refused(folder: Path, model: bytes) -> None:
    assert "model.tflite" in refusal(with_model(folder, model))


@pytest.mark.parametrize(("inputs", "classes"), [(160, 3), (162, 3), (161, 2), (161, 4), (119, 3)])
def test_a_model_of_another_shape_is_refused(folder: Path, inputs: int, classes: int) -> None:
    model = tiny.tiny_model(np.zeros((classes, inputs), np.float32), np.zeros(classes, np.float32), (inputs,))
    line = refusal(with_model(folder, model))
    assert "does not fit" in line and "(1, 161) and (1, 3)" in line and f"(1, {inputs})" in line


def test_the_features_of_a_sequence_must_fit_its_model(tmp_path: Path) -> None:
    model = tiny.tiny_model(*tiny.move_weights(10), (10, BODY.count))
    assert Bundle(tiny.info_of("sequence", tiny.MOVES, 10), model, tmp_path).id == "tiny"
    with pytest.raises(BundleError, match=r"\(1, 30, 119\)"):
        Bundle(tiny.info_of("sequence", tiny.MOVES, 30), model, tmp_path)


# --- anything ---------------------------------------------------------------------------------------------

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.text(max_size=8), anything, max_size=4) | anything)
def test_any_json_is_refused_in_one_line(folder: Path, values: object) -> None:
    (folder / "bundle.json").write_text(json.dumps(values))
    refusal(folder)


def places(values: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths to all fields of an object and of those in it."""
    if not isinstance(values, dict):
        return [path]
    return [path] * bool(path) + [place for key, one in values.items() for place in places(one, (*path, key))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=anything)
def test_any_value_in_any_field_is_read_or_refused_in_one_line(
    whole: Path, folder: Path, data: st.DataObject, value: object
) -> None:
    values = json.loads((whole / "bundle.json").read_text(encoding="utf-8"))
    place = data.draw(st.sampled_from(places(values)))
    put(*place, to=copy.deepcopy(value))(values)
    try:
        values["checksum"] = checksum(values)
    except UnicodeEncodeError:
        values["checksum"] = ""
    (folder / "bundle.json").write_text(json.dumps(values))
    try:
        bundle = Bundle.load(folder)
    except FormatError as error:
        assert len(str(error).splitlines()) == 1 and str(folder) in str(error)
    else:
        scores = bundle.predict(np.zeros((1, *bundle.info.input_shape), np.float32))
        assert np.isfinite(scores).all()


# --- finding ----------------------------------------------------------------------------------------------


def test_bundles_are_found_by_path_and_by_name(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_bundle(str(whole)) == whole
    mine = home.models_folder() / "mine"
    shutil.copytree(whole, mine)
    assert find_bundle("mine") == mine and user_bundles() == [mine]
    monkeypatch.chdir(whole.parent)
    assert find_bundle("tiny") == Path("tiny")


def test_ones_own_comes_before_a_shipped_one_of_the_same_name(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole, tmp_path / "models" / "gestures")
    (tmp_path / "models" / "__init__.py").touch()
    monkeypatch.setattr("importlib.resources.files", lambda name: tmp_path / name)
    assert shipped_bundles() == [tmp_path / "models" / "gestures"] == [find_bundle("gestures")]
    shutil.copytree(whole, home.models_folder() / "gestures")
    assert find_bundle("gestures") == home.models_folder() / "gestures"


def test_a_folder_of_the_same_name_does_not_hide_a_bundle(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole, home.models_folder() / "mine")
    (tmp_path / "elsewhere" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert find_bundle("mine") == home.models_folder() / "mine"


def test_what_is_still_being_written_is_not_listed(whole: Path) -> None:
    shutil.copytree(whole, home.models_folder() / ".mine-x1")
    (home.models_folder() / "empty").mkdir()
    (home.models_folder() / "a file").touch()
    assert user_bundles() == []


@pytest.mark.parametrize(
    "name", ["nothing", "", "x" * 5000, "a\0b", "~nobody-of-that-name", "../..", "/dev/null", "a/" * 3000]
)
def test_names_without_a_bundle_are_refused(name: str) -> None:
    with pytest.raises(BundleError) as caught:
        find_bundle(name)
    assert "mudra models list" in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_fields_of_a_later_program_are_ignored(folder: Path) -> None:
    assert Bundle.load(changed(folder, put("spoken", to={"palm": "hello"}))).id == "tiny"


def test_traces_are_read_as_they_were_written(folder: Path) -> None:
    bundle = Bundle.load(changed(folder, put("traces", to=[ELL.to_json()])))
    assert bundle.info.traces == (ELL,)
    assert bundle.info.labels == tiny.LABELS and bundle.info.all_labels == (*tiny.LABELS, "ell")


def test_only_a_still_has_traces(tmp_path: Path) -> None:
    info = tiny.info_of("sequence", tiny.MOVES, traces=(dataclasses.replace(ELL, begins=("left",)),))
    with pytest.raises(BundleError, match="traces"):
        read_info(
            Fields(json.loads(json.dumps(info.to_json({"model.tflite": "0" * 64}))), tmp_path, BundleError), tmp_path
        )


def test_the_written_spec_names_every_field() -> None:
    spec = (Path(__file__).parents[2] / "docs" / "formats" / "bundle.md").read_text(encoding="utf-8")
    values = tiny.info_of().to_json({})
    nested = {"features", "window", "normalisation", "thresholds", "network"}
    names = {f"{name}.{inner}" for name in nested for inner in values[name]} | (set(values) - nested)
    names |= {f"traces.{name}" for name in ELL.to_json()}
    assert not [name for name in sorted(names) if f"| `{name}` |" not in spec]
    assert f"version {VERSION}" in spec and f"{HAND.count} numbers" in spec and f"{BODY.count} numbers" in spec
