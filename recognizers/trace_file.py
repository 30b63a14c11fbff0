"""Signs that a finger tip draws, as rows of data: `assets/traces.toml`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from types import MappingProxyType

from recognizers.errors import FormatError, UsageError
from recognizers.fields import Fields
from recognizers.traces import Trace, read_trace

WHERE = "assets/traces.toml"


@functools.cache
def traces() -> Mapping[str, Trace]:
    """Return the signs of `assets/traces.toml` by label.

    Raises:
        FormatError: the file is damaged.
    """
    text = resources.files("assets").joinpath("traces.toml").read_text(encoding="utf-8")
    return MappingProxyType(read_traces(text, WHERE))


def read_traces(text: str, where: str) -> dict[str, Trace]:
    """Return the signs in a text, by label.

    Args:
        text: TOML with an array of tables `traces`.
        where: the file, for messages.

    Raises:
        FormatError: it is not TOML, a row is wrong, or a label stands twice.
    """
    try:
        rows = tomllib.loads(text)["traces"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise FormatError("this is not a file of traces", where=where, found=error) from None
    if not isinstance(rows, list):
        raise FormatError("this is not a file of traces", where=where, expected="rows [[traces]]")
    found: dict[str, Trace] = {}
    for number, row in enumerate(rows):
        fields = Fields(row, where, FormatError, f"traces[{number}].")
        trace = read_trace(fields)
        if trace.label in found:
            raise fields.wrong("label", "each label once", trace.label)
        found[trace.label] = trace
    return found


def traces_for(wanted: Sequence[str], labels: Collection[str] | None = None) -> tuple[Trace, ...]:
    """Return signs of `assets/traces.toml` as a bundle with these labels can tell them.

    Args:
        wanted: their labels.
        labels: what the bundle's network tells apart, without background; other shapes are left out. None: all are.

    Raises:
        UsageError: there is no such sign, the network has its label already, or no shape that it begins with.
    """
    found = []
    for label in dict.fromkeys(wanted):
        trace = traces().get(label)
        if trace is None:
            known = f"some of {', '.join(traces())}"
            raise UsageError(f"this is no sign of {WHERE}", where=f"--traces {label}", expected=known)
        if labels is None:
            found.append(trace)
            continue
        if label in labels:
            raise UsageError("the data has this label already", where=f"--traces {label}", remedy="Leave it out")
        begins = tuple(shape for shape in trace.begins if shape in labels)
        if not begins:
            raise UsageError(
                "the data has no hand that begins this sign",
                where=f"--traces {label}",
                expected=f"one of the labels {', '.join(trace.begins)}",
            )
        found.append(replace(trace, begins=begins, shapes=tuple(shape for shape in trace.shapes if shape in labels)))
    return tuple(found)
