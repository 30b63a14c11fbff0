"""Keeps the memory of a process small that runs all day. Linux with glibc; elsewhere nothing is done.

The C library keeps what was freed, a share (arena) for every thread that ever took some. Landmarkers, models and
cameras bring threads of their own, so every change of mode or source left a little more behind: 400 MB after ten
minutes of changes.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

ARENAS = 2
"""More of them, up to eight for a processor, are meant for threads that allocate all the time, all at once."""
_ARENA_MAX = -8  # M_ARENA_MAX in malloc.h


def stay_small() -> None:
    """Let all threads share a few arenas; for the whole process, before it has many threads.

    Not by returning every picture to the system as it is freed (M_MMAP_THRESHOLD): that costs 10 ms a frame and more.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return what was freed to the system, now that something large was; takes up to some hundredths of a second."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
