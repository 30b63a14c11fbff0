"""`mudra models`: what there is, and whether it is whole."""

from __future__ import annotations

import shutil

import pytest

from app.__main__ import main
from recognizers import home
from recognizers.bundle import find_bundle


def test_the_shipped_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("gestures ")]
    assert "shipped" in line and " gesture " in line and " labels" in line and "accuracy" in line


def test_ones_own_are_listed_too_and_damaged_ones_told(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(find_bundle("gestures"), home.models_folder() / "mine")
    assert main(["models", "list"]) == 0
    assert "mine" in capsys.readouterr().out
    (home.models_folder() / "mine" / "bundle.json").write_text("{}")
    assert main(["models", "list"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mine ")]
    assert "damaged" in line


def test_a_shipped_one_that_ones_own_hides_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(find_bundle("gestures"), home.models_folder() / "gestures")
    assert main(["models", "list"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("gestures ")]
    assert [("yours  " in line, "hidden by yours" in line) for line in lines] == [(True, False), (False, True)]


def test_one_model_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "gestures"]) == 0
    printed = capsys.readouterr().out
    assert "verified" in printed and "palm" in printed and str(find_bundle("gestures")) in printed


def test_what_fingers_draw_is_shown_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "letters"]) == 0
    assert "drawn by a finger  J, Z\n" in capsys.readouterr().out
    main(["models", "list"])
    assert "27 labels" in capsys.readouterr().out


def test_a_model_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "nothing"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
