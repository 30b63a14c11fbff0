"""Tiny models made without TensorFlow: one dense layer and a softmax, with weights chosen by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from recognizers.bundle import Bundle, BundleInfo
from recognizers.bundle_writer import save_bundle
from recognizers.face_crop import FACE, FACE_CROP_VERSION, FaceReading
from recognizers.features import BODY, HAND
from recognizers.types import FloatArray

LABELS = ("none", "palm", "fist")
MOVES = ("idle", "left", "right")
MOODS = ("bright", "dark", "even")


def _tensor(shape: tuple[int, ...], buffer: int, name: str, kind: int = schema.TensorType.FLOAT32) -> object:
    tensor = schema.TensorT()
    tensor.shape, tensor.buffer, tensor.name, tensor.type = list(shape), buffer, name.encode(), kind
    return tensor


def _buffer(array: FloatArray | None = None) -> object:
    buffer = schema.BufferT()
    if array is not None:
        buffer.data = np.frombuffer(np.ascontiguousarray(array, np.float32).tobytes(), np.uint8)
    return buffer


def _operator(code: int, inputs: list[int], output: int, kind: int, options: object) -> object:
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = code, inputs, [output]
    operator.builtinOptionsType, operator.builtinOptions = kind, options
    return operator


def _code(builtin: int) -> object:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = builtin
    code.version = 1
    return code


def tiny_model(weights: FloatArray, bias: FloatArray, input_shape: tuple[int, ...]) -> bytes:
    """Return a LiteRT model: softmax(weights @ flattened input + bias); weights (C, N), bias (C,)."""
    classes, count = weights.shape
    graph = schema.SubGraphT()
    graph.name = b"main"
    graph.tensors = [
        _tensor((1, *input_shape), 0, "input"),
        _tensor((classes, count), 1, "weights"),
        _tensor((classes,), 2, "bias"),
        _tensor((1, classes), 0, "logits"),
        _tensor((1, classes), 0, "probabilities"),
    ]
    dense, softmax = schema.FullyConnectedOptionsT(), schema.SoftmaxOptionsT()
    softmax.beta = 1.0
    graph.operators = [
        _operator(0, [0, 1, 2], 3, schema.BuiltinOptions.FullyConnectedOptions, dense),
        _operator(1, [3], 4, schema.BuiltinOptions.SoftmaxOptions, softmax),
    ]
    graph.inputs, graph.outputs = [0], [4]
    model = schema.ModelT()
    model.version = 3
    model.operatorCodes = [
        _code(schema.BuiltinOperator.FULLY_CONNECTED),
        _code(schema.BuiltinOperator.SOFTMAX),
    ]
    model.subgraphs, model.buffers = [graph], [_buffer(), _buffer(weights), _buffer(bias)]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def tiny_function(weights: FloatArray, bias: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Return the same network as a plain function of (n, ...) inputs."""

    def run(inputs: FloatArray) -> FloatArray:
        logits = inputs.reshape(len(inputs), -1).astype(np.float64) @ weights.T.astype(np.float64) + bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)

    return run


def info_of(kind: str = "still", labels: tuple[str, ...] = LABELS, steps: int = 30, **changed: object) -> BundleInfo:
    """Return what a tiny bundle says of itself; features enter its network as they are."""
    features = HAND if kind == "still" else BODY
    info = BundleInfo(
        id="tiny",
        mode="gesture" if kind == "still" else "sign",
        input=kind,
        labels=labels,
        background=labels[:1],
        features=features.name,
        feature_count=features.count,
        mean=(0.0,) * features.count,
        deviation=(1.0,) * features.count,
        thresholds={},
        default_threshold=0.6,
        network="linear",
        network_parameters={},
        data=({"name": "nothing", "licence": "CC0"},),
        licence="CC0",
        window_steps=steps if kind == "sequence" else 1,
        window_seconds=1.0 if kind == "sequence" else 0.0,
        metrics={"accuracy": 0.5},
    )
    return dataclasses.replace(info, **changed)


def face_info(**changed: object) -> BundleInfo:
    """Return what a tiny bundle that reads faces says of itself."""
    plain: dict[str, object] = {
        "mode": "emotion",
        "input": "face",
        "background": (),
        "features": FACE.name,
        "feature_count": FACE.count,
        "features_version": FACE_CROP_VERSION,
        "mean": (),
        "deviation": (),
        "network": "cnn",
        "face": FaceReading(),
    }
    return info_of(**{"labels": MOODS, **plain, **changed})


def face_weights(side: int = 44) -> tuple[FloatArray, FloatArray]:
    """Weights that tell whether the upper half of the crop is brighter or darker than the lower, or neither."""
    weights = np.zeros((3, side, side), np.float32)
    weights[0, : side // 2], weights[0, side // 2 :] = 0.01, -0.01
    return np.stack([weights[0], -weights[0], weights[2]]).reshape(3, -1), np.array([0.0, 0.0, 4.0], np.float32)


def face_bundle_model() -> bytes:
    """Return the model of `face_bundle`."""
    return tiny_model(*face_weights(), (44, 44, 1))


def face_bundle(**changed: object) -> Bundle:
    """Return a bundle that was never on disk and tells bright eyes from a bright mouth."""
    return Bundle(face_info(**changed), face_bundle_model(), Path("tiny"))


def hand_weights() -> tuple[FloatArray, FloatArray]:
    """Weights that tell an open palm from a fist by how far the four finger tips are from the wrist.

    Those are features 21, 42, 63 and 84, in palm lengths: about 7 in all of an open hand, about 3 of a fist.
    """
    weights = np.zeros((3, HAND.count), np.float32)
    weights[1, [21, 42, 63, 84]] = 6
    return weights, np.array([-6.0, -30.0, 0.0], np.float32)


def move_weights(steps: int = 30) -> tuple[FloatArray, FloatArray]:
    """Weights that tell to which side the right hand's wrist moved during the window, in face widths.

    Standing still is `idle`; about one face width of way is enough for the others.
    """
    weights = np.zeros((3, steps, BODY.count), np.float32)
    weights[1, -1, WRIST_X], weights[1, 0, WRIST_X] = -8, 8
    weights[2, -1, WRIST_X], weights[2, 0, WRIST_X] = 8, -8
    return weights.reshape(3, -1), np.array([4.0, 0.0, 0.0], np.float32)


WRIST_X = 59 + 1 + 40 + 15
"""Where the features of one step hold the x of the right hand's wrist."""


def still_bundle(**changed: object) -> Bundle:
    """Return a bundle that was never on disk and tells palm from fist."""
    return Bundle(info_of(**changed), tiny_model(*hand_weights(), (HAND.count,)), Path("tiny"))


def move_bundle(steps: int = 30, **changed: object) -> Bundle:
    """Return a bundle that was never on disk and tells a hand moving left from one moving right."""
    model = tiny_model(*move_weights(steps), (steps, BODY.count))
    return Bundle(info_of("sequence", MOVES, steps, **changed), model, Path("tiny"))


def saved(folder: Path, info: BundleInfo | None = None, **changed: object) -> Bundle:
    """Write a tiny still bundle; `changed` goes to `save_bundle`."""
    weights, bias = hand_weights()
    arguments: Mapping[str, object] = {
        "model": tiny_model(weights, bias, (HAND.count,)),
        "weights": b"weights",
        "card": "# tiny\n",
        "reference": tiny_function(weights, bias),
        **changed,
    }
    return save_bundle(folder, info or info_of(), **arguments)
