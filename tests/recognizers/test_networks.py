"""Networks and their export: what runs answers as what was trained, and loads again for more training."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizers import networks
from recognizers.bundle import Bundle
from recognizers.errors import UsageError
from recognizers.features import mirroring
from tests.recognizers.export_networks import CASES, STEPS, inputs_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with all networks saved as bundles, and what is to be known of them."""
    folder = tmp_path_factory.mktemp("networks")
    program = "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", program, "tests.recognizers.export_networks", str(folder)],
        cwd=ROOT,
        env={**os.environ, "MUDRA_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, {**json.loads((folder / "told.json").read_text()), "printed": done.stdout}


def test_an_export_prints_nothing(exported: tuple[Path, dict[str, Any]]) -> None:
    assert exported[1]["printed"] == ""


@pytest.mark.parametrize("name", CASES)
def test_what_runs_answers_as_the_network_does(name: str, exported: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = exported
    bundle = Bundle.load(folder / name)
    assert bundle.info.input_shape == ((STEPS, 119) if name.endswith("sequence") else (161,))
    expected = np.load(folder / f"{name}.npy")
    found = bundle.run(inputs_of(bundle.info.input_shape))
    assert found.shape == (8, 3) and np.abs(found - expected).max() < 1e-4
    assert found.sum(axis=1) == pytest.approx(np.ones(8), abs=1e-5)
    assert np.abs(expected - expected[0]).max() > 1e-3  # the answers depend on the inputs


def test_a_movement_and_its_mirror_image_get_the_same_answer(exported: tuple[Path, dict[str, Any]]) -> None:
    bundle = Bundle.load(exported[0] / "mirrored-sequence")
    inputs, (order, signs) = inputs_of(bundle.info.input_shape), mirroring("body")
    answers = bundle.run(inputs)
    assert np.abs(bundle.run(inputs[..., order] * signs) - answers).max() < 1e-5
    assert np.abs(bundle.run(inputs[..., order]) - answers).max() > 1e-3


@pytest.mark.parametrize("name", CASES)
def test_weights_load_again_for_more_training(name: str, exported: tuple[Path, dict[str, Any]]) -> None:
    assert exported[1][name]["reloaded"] == 0


@pytest.mark.parametrize("name", CASES)
def test_the_seed_decides_the_first_weights(name: str, exported: tuple[Path, dict[str, Any]]) -> None:
    told = exported[1][name]
    assert told["same_seed"] and not told["other_seed"]
    assert told["same_bytes"]  # also once it is compiled: no optimizer's state
    assert told["output"] == [None, 3]


def test_a_network_starts_from_anothers_weights_whatever_it_names(exported: tuple[Path, dict[str, Any]]) -> None:
    told = exported[1]["begun"]
    assert told["same"] and "of another network" in told["refused"]


def test_a_network_that_begins_with_means_knows_its_labels_before_it_learns(
    exported: tuple[Path, dict[str, Any]],
) -> None:
    told = exported[1]["begun"]
    assert told["with_means"] > 0.9 > told["at_random"] + 0.2
    assert told["inner_kept"] and told["nobody"] == 0


@pytest.mark.parametrize("name", CASES)
def test_nothing_in_a_bundle_executes(name: str, exported: tuple[Path, dict[str, Any]]) -> None:
    folder, told = exported
    assert "Lambda" not in told[name]["layers"]
    for path in (folder / name).iterdir():
        content = path.read_bytes()
        assert not zipfile.is_zipfile(path) and not content.startswith(b"\x80"), path  # no Keras archive, no pickle
        assert b"lambda" not in content.lower()
    assert b"Flex" not in (folder / name / "model.tflite").read_bytes()  # built-in operators only


# --- choosing (no Keras needed) ---------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(161,), (30, 119)])
def test_an_unknown_network_is_wrong_usage(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"no such network.*conv, linear, lstm, mlp, transformer"):
        networks.build("gru", shape, 3)
    with pytest.raises(UsageError, match="no such network"):
        networks.check("gru", "still")


@pytest.mark.parametrize("name", networks.MOVEMENTS_ONLY)
def test_networks_of_movements_read_no_stills(name: str) -> None:
    with pytest.raises(UsageError, match=rf"the {name} reads movements.*Use mlp"):
        networks.build(name, (161,), 3)
    networks.check(name, "sequence")


def test_every_kind_has_a_network() -> None:
    for kind, name in networks.DEFAULTS.items():
        networks.check(name, kind)
