"""The encoders that trainings start from: their file, what they fit, and what is said where they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.encoder import Encoder, encoder_bytes, read_encoder, shipped_encoder, start_of
from recognizers.errors import FormatError
from recognizers.features import FEATURES_VERSION, SIGNS
from recognizers.train_options import TrainOptions
from recognizers.training_news import News

ONES = np.ones(SIGNS.count, np.float32)
SOME = Encoder(
    "signs", FEATURES_VERSION, "conv", {"width": 8}, ONES, 2 * ONES, (np.ones((3, 8), np.float32), ONES), "by hand"
)


def options(**parts: object) -> TrainOptions:
    return TrainOptions("sign", (), Path("x"), **parts)  # type: ignore[arg-type]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    path.write_bytes(encoder_bytes(SOME))
    found = read_encoder(path)
    assert (found.features, found.features_version, found.network) == ("signs", FEATURES_VERSION, "conv")
    assert found.parameters == {"width": 8} and found.made == "by hand"
    assert [one.tolist() for one in found.weights] == [one.tolist() for one in SOME.weights]
    assert found.weights[0].dtype == np.float32
    assert np.array_equal(found.mean, ONES) and np.array_equal(found.deviation, 2 * ONES)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_damaged_is_refused_or_read_as_a_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(encoder_bytes(SOME))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damaged") / "one.npz"
    path.write_bytes(bytes(content[: data.draw(st.sampled_from([len(content), place]))]))
    try:
        assert len(read_encoder(path).weights) == 2
    except FormatError as problem:
        assert "one.npz" in str(problem)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"deviation": 0 * ONES}, "not finite"),
        ({"mean": np.nan * ONES}, "not finite"),
        ({"mean": ONES[:5]}, "normalisation"),
        ({"features": "hand"}, "normalisation"),
        ({"features": "unheard"}, "is no encoder"),
    ],
)
def test_numbers_that_cannot_be_are_refused(tmp_path: Path, wrong: dict[str, object], says: str) -> None:
    path = tmp_path / "one.npz"
    path.write_bytes(encoder_bytes(replace(SOME, **wrong)))  # type: ignore[arg-type]
    with pytest.raises(FormatError, match=says):
        read_encoder(path)
    with pytest.raises(FormatError, match=r"none\.npz"):
        read_encoder(tmp_path / "none.npz")


def test_it_fits_what_it_was_made_for_and_nothing_else() -> None:
    assert SOME.misfit("signs", "conv", {"width": 8, "dropout": 0.5, "mirrored": "signs"}) == ""
    assert "not 'body'" in SOME.misfit("body", "conv", {"width": 8})
    assert "not transformer" in SOME.misfit("signs", "transformer", {"width": 8})
    assert "'members': 2" in SOME.misfit("signs", "conv", {"width": 8, "members": 2})
    assert f"version {FEATURES_VERSION - 1}," in replace(SOME, features_version=FEATURES_VERSION - 1).misfit(
        "signs", "conv", {"width": 8}
    )


def test_a_training_starts_from_it_where_it_is_told_to_and_it_fits(tmp_path: Path) -> None:
    told: list[News] = []
    path = tmp_path / "one.npz"
    path.write_bytes(encoder_bytes(replace(SOME, parameters={})))
    found = start_of(options(encoder=path, network="conv"), "sequence", "signs", told.append)
    assert found is not None and found.made == "by hand"
    assert start_of(options(), "sequence", "signs", told.append) is None
    assert told == []


@pytest.mark.parametrize(
    ("kind", "changed", "features"), [("still", {"network": "mlp"}, "hand"), ("sequence", {"network": "lstm"}, "signs")]
)
def test_where_it_does_not_fit_a_line_says_so(
    tmp_path: Path, kind: str, changed: dict[str, object], features: str
) -> None:
    told: list[News] = []
    path = tmp_path / "one.npz"
    path.write_bytes(encoder_bytes(replace(SOME, parameters={})))
    assert start_of(options(encoder=path, **changed), kind, features, told.append) is None
    path.write_bytes(encoder_bytes(replace(SOME, features_version=FEATURES_VERSION - 1, parameters={})))
    assert start_of(options(encoder=path, network="conv"), "sequence", "signs", told.append) is None
    assert len(told) == 2 and all("learned from nothing" in str(line) for line in told)
    assert f"version {FEATURES_VERSION - 1}," in str(told[1])


def test_what_ships_fits_the_features_and_the_network_of_stills() -> None:
    encoder = shipped_encoder("still")
    assert encoder is not None and "made-up gestures" in encoder.made
    assert encoder.misfit("hand", "mlp", {}) == "", "features have changed: make the base anew (make base)"
    assert shipped_encoder("sequence") is None


def test_few_stills_start_from_what_ships_and_nothing_else_does() -> None:
    told: list[News] = []
    found = start_of(options(), "still", "hand", told.append, few=True)
    assert found is not None and found.features == "hand"
    assert start_of(options(), "still", "hand", told.append) is None
    assert start_of(options(start=False), "still", "hand", told.append, few=True) is None
    assert start_of(options(), "sequence", "signs", told.append, few=True) is None
    for changed in ({"network": "linear"}, {"network_parameters": {"units": (8,)}}):
        assert start_of(options(**changed), "still", "hand", told.append, few=True) is None
    assert start_of(options(), "still", "flat", told.append, few=True) is None
    assert told == []
