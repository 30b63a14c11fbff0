"""The wheel: what is in it, and whether it works where there is no source tree."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from recognizers.version import VERSION

ROOT = Path(__file__).parents[1]
PACKAGES = {"app", "recognizers", "assets", "models"}
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program outside of the checkout's influence; return what it printed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


def left_out(folder: str, names: list[str]) -> set[str]:
    """Name what a fresh checkout would not have: hidden folders, environments, caches and built things."""
    built = {name for name in names if name in {"build", "dist", "__pycache__"} or name.endswith(".egg-info")}
    hidden = {name for name in names if name.startswith(".")}
    environments = {name for name in names if (Path(folder) / name / "pyvenv.cfg").exists()}
    return built | hidden | environments


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built with the environment's own setuptools from a copy of the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "tree", ignore=left_out)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation")
    run(*pip, "--wheel-dir", folder / "out", folder / "tree", cwd=folder)
    (path,) = (folder / "out").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The names of all files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment: the wheel is installed, this environment lends its libraries."""
    folder = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    # Only now: pip would take this environment's own Mudra for the installed one. A path file names a folder
    # without reading the path files in it, so an editable Mudra stays invisible.
    own = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(own) / "lent.pth").write_text("\n".join(sorted(lent)), encoding="utf-8")
    return programs


def test_wheel_holds_the_four_packages_alone(names: set[str]) -> None:
    roots = {name.partition("/")[0] for name in names}
    assert roots == PACKAGES | {f"mudra-{VERSION}.dist-info"}


def test_wheel_holds_every_file_of_the_packages(names: set[str]) -> None:
    tree = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert not tree - names, "not in the wheel: does package_data in setup.cfg name them?"


def test_metadata_says_what_setup_needs_to_know(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = email.message_from_bytes(archive.read(f"mudra-{VERSION}.dist-info/METADATA"))
        licence = archive.read(f"mudra-{VERSION}.dist-info/licenses/LICENSE").decode()
    assert metadata["Version"] == VERSION
    assert metadata["License-Expression"] == "Apache-2.0"
    assert set(metadata["Requires-Python"].split(",")) == {">=3.11", "<3.14"}
    assert metadata.get_payload(), "the README is the long description"
    assert "Apache License" in licence and "The Mudra authors" in licence


def test_installed_command_runs_from_anywhere(fresh: Path, tmp_path: Path) -> None:
    assert run(fresh / "mudra", "--version", cwd=tmp_path).strip() == f"mudra {VERSION}"
    assert "recognize" in run(fresh / "mudra", "--help", cwd=tmp_path)


def test_installed_command_comes_from_the_wheel(fresh: Path, tmp_path: Path) -> None:
    code = "import app, assets, models, recognizers as r; print(*(m.__file__ for m in (app, assets, models, r)))"
    for path in run(fresh / "python", "-c", code, cwd=tmp_path).split():
        assert Path(path).is_relative_to(fresh.parent), path


def test_installed_command_finds_the_shipped_models(fresh: Path, tmp_path: Path) -> None:
    shipped = {path.parent.name for path in (ROOT / "models").glob("*/bundle.json")}
    assert shipped >= {"gestures", "words"}
    listing = run(fresh / "mudra", "models", "list", cwd=tmp_path)
    assert all(name in listing for name in shipped), listing


def test_installed_assets_are_read(fresh: Path, tmp_path: Path) -> None:
    code = "from recognizers.handmodel import poses; print(len(poses()))"
    assert int(run(fresh / "python", "-c", code, cwd=tmp_path)) >= 8
