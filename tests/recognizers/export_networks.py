"""Builds, exports and saves every network, for test_networks.py; a program of its own, since TensorFlow is large."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from recognizers import networks
from recognizers.bundle_writer import save_bundle
from recognizers.encoder import shipped_encoder
from recognizers.errors import UsageError
from recognizers.examples import features_of
from recognizers.export import as_function, to_litert, weights_of
from recognizers.generated import generated_hands
from tests.recognizers import tiny_bundles as tiny

STEPS = 6
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "mlp-still": ("mlp", {"units": (16, 8)}),
    "members-still": ("mlp", {"members": 3, "units": (16, 8)}),
    "linear-still": ("linear", {}),
    "lstm-sequence": ("lstm", {"units": 8, "dense": 4}),
    "mlp-sequence": ("mlp", {"units": (8,)}),
    "linear-sequence": ("linear", {}),
    "conv-sequence": ("conv", {"members": 2, "width": 8, "blocks": 1}),
    "mirrored-sequence": ("conv", {"members": 2, "width": 8, "blocks": 1, "mirrored": "body"}),
    "transformer-sequence": ("transformer", {"members": 1, "width": 8, "blocks": 1, "heads": 2}),
}


def inputs_of(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(8, *shape)).astype(np.float32)


def unsettle(network: networks.Network) -> None:
    """Give every weight a value of its own, statistics of normalisations too, as a training would."""
    rng = np.random.default_rng(1)
    network.set_weights([w + rng.uniform(0.05, 0.3, w.shape).astype(np.float32) for w in network.get_weights()])


def export(folder: Path, name: str) -> dict[str, Any]:
    """Save one network as a bundle with its answers beside it, and return what is to be known of it."""
    word, parameters = CASES[name]
    kind = name.partition("-")[2]
    info = tiny.info_of(kind, steps=STEPS, id=name, network=word, network_parameters=parameters)
    networks.seed_everything(3)
    network = networks.build(word, info.input_shape, 3, parameters)
    first = [w.copy() for w in network.get_weights()]
    networks.seed_everything(3)
    again = networks.build(word, info.input_shape, 3, parameters).get_weights()
    networks.seed_everything(4)
    other = networks.build(word, info.input_shape, 3, parameters).get_weights()
    unsettle(network)
    run, weights = as_function(network), weights_of(network)
    save_bundle(folder / name, info, model=to_litert(network), weights=weights, card="", reference=run)
    answers = run(inputs_of(info.input_shape))
    np.save(folder / f"{name}.npy", answers)
    network.compile("adam", "categorical_crossentropy")
    network.optimizer.build(network.trainable_variables)
    reloaded = networks.build(word, info.input_shape, 3, parameters)
    reloaded.load_weights(folder / name / "network.weights.h5")
    return {
        "layers": [type(layer).__name__ for layer in network.layers],
        "same_seed": all(np.array_equal(a, b) for a, b in zip(first, again, strict=True)),
        "other_seed": all(np.array_equal(a, b) for a, b in zip(first, other, strict=True)),
        "reloaded": float(np.abs(as_function(reloaded)(inputs_of(info.input_shape)) - answers).max()),
        "same_bytes": weights_of(network) == weights,
        "output": list(network.output_shape),
    }


def begun() -> dict[str, Any]:
    """Let networks start from another one's weights, and from what ships for stills."""
    small, shape = {"width": 8, "blocks": 1}, (STEPS, 119)
    one, other = (
        networks.build("conv", shape, count, {**small, "mirrored": word}) for count, word in ((3, ""), (5, "body"))
    )
    unsettle(one)
    networks.start_from(other, networks.inner_weights(one))
    pairs = zip(networks.inner_weights(one), networks.inner_weights(other), strict=True)
    try:
        networks.start_from(one, networks.inner_weights(one)[1:])
        refused = ""
    except UsageError as problem:
        refused = str(problem)
    return {"same": all(np.array_equal(a, b) for a, b in pairs), "refused": refused, **begun_with_means()}


def begun_with_means() -> dict[str, Any]:
    """Let a network of stills start from what ships, with and without the means of three hands of three poses."""
    encoder = shipped_encoder("still")
    assert encoder is not None
    poses = ("peace", "rock", "palm", "absent")
    taught, asked = (generated_hands(poses, count, np.random.default_rng(count)) for count in (3, 40))
    x, others = (
        ((features_of(hands) - encoder.mean) / encoder.deviation).astype(np.float32) for hands in (taught, asked)
    )
    y, truth = (np.array([poses.index(one.origin.label) for one in hands]) for hands in (taught, asked))
    networks.seed_everything(0)
    network = networks.build("mlp", x.shape[1:], len(poses))
    networks.start_from(network, encoder.weights)
    before = as_function(network)(others).argmax(axis=1)
    networks.begin_with_means(network, x, y)
    inner = zip(networks.inner_weights(network), encoder.weights, strict=True)
    return {
        "at_random": float((before == truth).mean()),
        "with_means": float((as_function(network)(others).argmax(axis=1) == truth).mean()),
        "inner_kept": all(np.array_equal(a, b) for a, b in inner),
        "nobody": float(np.abs(network.layers[-1].get_weights()[0][:, 3]).max()),
    }


if __name__ == "__main__":
    place = Path(sys.argv[1])
    told = {name: export(place, name) for name in CASES}
    told["begun"] = begun()
    (place / "told.json").write_text(json.dumps(told))
