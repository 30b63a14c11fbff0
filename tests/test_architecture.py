"""The house rules that a machine can check: who imports whom, and how large a room may grow."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("app", "recognizers", "assets", "models")
LONGEST = 400
"""Lines. About 300 is a good size; past this a file surely holds a second room."""

BREACHES = {
    "recognizers/types.py": "import recognizers.recognizer",
    "recognizers/features.py": "import app",
    "recognizers/smoothing.py": "import mediapipe",
    "app/console.py": "import tensorflow\nimport PySide6",
    "app/engine.py": "import recognizers.networks",
}
"""A line that each contract must catch, by the file that it is added to."""


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of `setup.cfg` on the tree in `folder`."""
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--config", str(ROOT / "setup.cfg"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def contracts() -> list[str]:
    """Return the names of all contracts."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return [parser[name]["name"] for name in parser.sections() if name.startswith("importlinter:contract")]


def test_imports_keep_their_direction() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_catches_a_breach(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, line in BREACHES.items():
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    output = lint_imports(tmp_path).stdout
    kept = [name for name in contracts() if f"{name} BROKEN" not in output]
    assert contracts() and not kept, f"a breach went unnoticed by: {kept}\n{output}"


@pytest.mark.parametrize("package", ["app", "recognizers"])
def test_rooms_stay_small(package: str) -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / package).rglob("*.py")
    }
    assert lines
    large = {name: count for name, count in lines.items() if count > LONGEST}
    assert not large, f"more than {LONGEST} lines; look for the second room inside: {large}"
