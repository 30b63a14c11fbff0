"""Fixtures for every test: a home of its own, and the shared real data where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from recognizers import home

# How long an example takes says nothing here: machines are busy, and libraries load at first use.
settings.register_profile("mudra", settings(), deadline=None)
settings.load_profile("mudra")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def landmarkers_folder() -> Path:
    """The landmark model files, fetched once and shared by every home of this run."""
    return home.landmarkers_folder()


@pytest.fixture(autouse=True)
def mudra_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, landmarkers_folder: Path) -> Path:
    """A new, empty home for each test; nothing of the user's is read or written."""
    folder = tmp_path / "mudra-home"
    monkeypatch.setenv("MUDRA_HOME", str(folder))
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(landmarkers_folder))
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; absent on most machines (skip), never on CI (fail)."""
    if SHARED_DATA.is_dir():
        return SHARED_DATA
    if os.environ.get("CI"):
        pytest.fail(f"{SHARED_DATA} is not there: CI must test on real data")
    pytest.skip(f"{SHARED_DATA} is not there")
