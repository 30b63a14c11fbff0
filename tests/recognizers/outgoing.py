"""Watches what a child process tries to reach: name lookups, connections, and visits to a proxy of ours."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

LOOKUPS = """
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* Notes every name that is looked up, and finds none: nothing leaves the machine. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
    (void)port; (void)hints; (void)found;
    char line[300];
    int length = snprintf(line, sizeof line, "%s\\n", host ? host : "?");
    int log = open(getenv("LOOKUP_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log >= 0) { if (write(log, line, length) < 0) {} close(log); }
    return EAI_NONAME;
}
"""


@dataclass(frozen=True)
class Seen:
    """What a child process did: its output, the names it looked up (None where that cannot be watched), the
    addresses it connected to (None likewise), and how often it came to the user's proxy."""

    output: str
    lookups: set[str] | None
    connects: set[str] | None
    visits: int


class LocalProxy:
    """Stands where the user's proxy would be, counts who comes, and passes nothing on."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.visits = 0
        self._thread = threading.Thread(target=self._accept)

    def _accept(self) -> None:
        while True:
            try:
                visitor, _ = self._server.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


def watch(program: str, folder: Path, environment: Mapping[str, str], proxy: LocalProxy) -> Seen:
    """Run a Python program and return what it tried to reach."""
    before, command = proxy.visits, [sys.executable, "-c", program]
    variables = {**os.environ, **environment}
    library, lookups, trace = _lookup_library(folder), folder / "lookups", folder / "trace"
    if library is not None:
        variables |= {"LD_PRELOAD": str(library), "LOOKUP_LOG": str(lookups)}
    if _can_trace():
        command = ["strace", "-f", "-e", "trace=connect,sendto", "-o", str(trace), *command]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return Seen(
        done.stdout,
        None if library is None else set(lookups.read_text().split()) if lookups.exists() else set(),
        _targets(trace.read_text()) if trace.exists() else None,
        proxy.visits - before,
    )


def _lookup_library(folder: Path) -> Path | None:
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    source, library = folder / "lookups.c", folder / "lookups.so"
    source.write_text(LOOKUPS)
    built = subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], capture_output=True, check=False)
    return library if built.returncode == 0 else None


def _can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


def _targets(trace: str) -> set[str]:
    """Return address:port of everything but local sockets in what strace wrote."""
    found = re.findall(r'sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"', trace)
    return {f"{address}:{port}" for port, address in found}
