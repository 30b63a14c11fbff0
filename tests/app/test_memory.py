"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import memory

ROOT = Path(__file__).parents[2]

# Many small pieces, and at the end one that is kept: the C library cannot shorten the heap by itself.
PROGRAM = """
import ctypes
from app.memory import give_back, stay_small
stay_small()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
malloc, free = ctypes.CDLL(None).malloc, ctypes.CDLL(None).free
malloc.restype, free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
pieces = []
for _ in range(4000):
    pieces.append(malloc(20_000))
    ctypes.memset(ctypes.c_void_p(pieces[-1]), 1, 20_000)
kept = malloc(1000)
for piece in pieces:
    free(piece)
full = resident()
give_back()
print(full - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is done")
def test_what_was_freed_is_given_back() -> None:
    call = [sys.executable, "-c", PROGRAM]
    ran = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(ran.stdout) > 40, "of 76 MB that were freed"


@pytest.mark.parametrize("library", [object(), None])
def test_another_c_library_does_no_harm(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    def load(name: None) -> object:
        if library is None:
            raise OSError("there is none")
        return library

    monkeypatch.setattr(memory.ctypes, "CDLL", load)
    memory.stay_small()
    memory.give_back()
