"""The settings while the window is open: changed at once, written in the background."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.settings import Settings
from app.settings_file import Value, change_settings
from recognizers.errors import MudraError

WRITE_AFTER_MS = 400
"""A slider that is dragged is written once, when it has come to rest."""


class SettingsKeeper(QObject):
    """Holds the settings that are in force.

    Args:
        settings: as they were read.
    """

    changed = Signal(object)
    """The settings have changed: the new `Settings`."""
    failed = Signal(str)
    """They could not be written: one line."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self._closed = False
        self._unwritten: dict[str, Value] = {}
        self._writer = ThreadPoolExecutor(1, "write settings")
        self._timer = QTimer(self, singleShot=True, interval=WRITE_AFTER_MS)
        self._timer.timeout.connect(self._write)

    def change(self, name: str, value: Value) -> None:
        """Change one setting, such as `theme` or `thresholds.gesture`; None gives it its default again."""
        before = self.settings
        self.settings = _with(before, name, value)
        if not self._closed:
            self._unwritten[name] = value
            self._timer.start()
        if self.settings != before:
            self.changed.emit(self.settings)

    def close(self) -> None:
        """Write what is not written yet, and wait for it; what is changed later is not written."""
        self._closed = True
        self._timer.stop()
        self._write()
        self._writer.shutdown()

    def _write(self) -> None:
        if self._unwritten:
            changes, self._unwritten = self._unwritten, {}
            self._writer.submit(change_settings, changes).add_done_callback(self._written)

    def _written(self, done: Future[Settings]) -> None:
        """Tell of a failure; in the writer's thread, from where signals are queued into the window's."""
        error = done.exception()
        if isinstance(error, MudraError):
            self.failed.emit(str(error))
        elif error is not None:
            raise error


def _with(settings: Settings, name: str, value: Value) -> Settings:
    table_name, _, key = name.rpartition(".")
    if not table_name:
        default = getattr(Settings(), key)
        fields: dict[str, Any] = {key: default if value is None else value}
        return replace(settings, **fields)
    table: Mapping[str, Value] = getattr(settings, table_name)
    changed = {each: old for each, old in table.items() if each != key}
    if value is not None:
        changed[key] = value
    fields = dict[str, Any]({table_name: MappingProxyType(changed)})
    return replace(settings, **fields)
