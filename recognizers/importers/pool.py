"""Long work on many things, in this process or in several, with the results in order.

What works, such as a landmarker, is opened once a process. Work that is interrupted leaves no process behind.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from multiprocessing.connection import wait
from typing import Any, TypeVar

from recognizers.errors import MudraError

Tool = TypeVar("Tool")
Item = TypeVar("Item")
Result = TypeVar("Result")


def worked_on(
    items: Sequence[Item],
    work: Callable[[Item, Tool], Result],
    open_tool: Callable[[], AbstractContextManager[Tool]],
    workers: int,
) -> Generator[Result]:
    """Yield what the work makes of each item, in order.

    Args:
        items: what is worked on; nothing is opened where there is none.
        work: a function of a module, since other processes must find it.
        open_tool: likewise; opens what works.
        workers: how many processes; 1 is this one alone.

    Raises:
        MudraError: a worker process died, or what the work raises.
    """
    if not items:
        return
    if min(workers, len(items)) <= 1:
        with open_tool() as tool:
            for item in items:
                yield work(item, tool)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(items)), context, initializer=_begin_worker)
    try:
        yield from _ordered(pool, items, work, open_tool, ahead=2 * workers)
    except BrokenProcessPool as error:
        raise MudraError(
            "a worker process ended unexpectedly", remedy="Start it again: what is finished is kept"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _ordered(
    pool: ProcessPoolExecutor,
    items: Sequence[Item],
    work: Callable[[Item, Tool], Result],
    open_tool: Callable[[], AbstractContextManager[Tool]],
    *,
    ahead: int,
) -> Iterator[Result]:
    """Yield results in order while no more than `ahead` items are out."""
    out: deque[Future[Result]] = deque()
    for item in items:
        out.append(pool.submit(_in_worker, item, work, open_tool))
        if len(out) > ahead:
            yield out.popleft().result()
    while out:
        yield out.popleft().result()


_worker_tool: Any = None


def _begin_worker() -> None:
    """Set a worker process up: Ctrl-C is the parent's business, and the worker ends when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def _in_worker(
    item: Item, work: Callable[[Item, Tool], Result], open_tool: Callable[[], AbstractContextManager[Tool]]
) -> Result:
    global _worker_tool  # noqa: PLW0603 - a process pool offers its workers no other place
    if _worker_tool is None:
        _worker_tool = open_tool().__enter__()  # open as long as the process
    return work(item, _worker_tool)
