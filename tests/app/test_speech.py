"""The speaker: what is said, what is not, and what becomes of a voice that hangs, dies or is slow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.speech import WAITING, Speaker
from app.voice import talk
from app.voice.phrases import user_phrases
from app.voice.status import VoiceSettings, VoiceState, VoiceStatus
from app.voice.voices import SilentVoice
from recognizers.errors import UsageError
from recognizers.types import LabelEvent

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
"""A busy machine may take this long; nothing here waits for it unless something is wrong."""
LONG = 1e6
LINUX_ONLY = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


def until(true: Callable[[], object], what: str = "") -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, what or "it never came true"
        time.sleep(0.01)


class Trial:
    """A speaker with a silent voice, and what came of it."""

    def __init__(self, folder: Path, settings: VoiceSettings | None = None, **voice: Any) -> None:
        self.log = folder / "said.jsonl"
        self.statuses: list[VoiceStatus] = []
        self.speaker = Speaker(
            settings or VoiceSettings(enabled=True),
            voice=SilentVoice(log=str(self.log), **voice),
            on_status=self.statuses.append,
        )

    def begins(self, label: str, mode: str = "gesture") -> None:
        self.speaker.on_event(LabelEvent(mode, label, 0.9, 0))

    def ends(self, label: str, mode: str = "gesture") -> None:
        self.speaker.on_event(LabelEvent(mode, label, 0.9, 0, 10**9, ended=True))

    def rows(self) -> list[dict[str, Any]]:
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines]

    def said(self, do: str = "say") -> list[str]:
        return [row["text"] for row in self.rows() if row["do"] == do]

    def says(self, *texts: str, do: str = "say") -> None:
        """Wait until exactly these have been said since the beginning."""
        until(lambda: len(self.said(do)) >= len(texts), f"{texts} were awaited, {self.said(do)} came")
        assert self.said(do) == list(texts)

    def states(self) -> list[VoiceState]:
        return [status.state for status in self.statuses]


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Callable[..., Trial]]:
    """Make trials; afterwards no thread and no process of theirs is left."""
    before = set(threading.enumerate())
    made: list[Trial] = []

    def make(settings: VoiceSettings | None = None, **voice: Any) -> Trial:
        made.append(Trial(tmp_path, settings, **voice))
        return made[-1]

    yield make
    for each in made:
        each.speaker.close()
        pids = {row["pid"] for row in each.rows()}
        assert not {pid for pid in pids if Path(f"/proc/{pid}").exists()}, "a process is left"
    assert set(threading.enumerate()) <= before, "a thread is left"


def test_labels_are_said_by_their_phrases(trial: Callable[..., Trial]) -> None:
    one = trial()
    for count, label in enumerate(["like", "fist", "my_own"], 1):
        one.begins(label)
        until(lambda count=count: len(one.said("said")) == count)
    one.says("Super!", "Punch!", "my own")
    assert one.statuses == [VoiceStatus(VoiceState.OK)] and one.speaker.status.state is VoiceState.OK


def test_what_is_not_said(trial: Callable[..., Trial]) -> None:
    one = trial(VoiceSettings(enabled=True, muted=frozenset({"emotion"})))
    for mode, label in (("gesture", "none"), ("sign", "idle"), ("emotion", "happy")):
        one.begins(label, mode)
    one.ends("like")
    one.begins("peace")
    one.says("Victory!", do="said")


def test_a_photo_is_said_though_it_only_ends(trial: Callable[..., Trial]) -> None:
    one = trial()
    one.speaker.on_event(LabelEvent("gesture", "like", 0.9, 0, None, ended=True))
    one.says("Super!")


def test_the_same_label_again_needs_a_release(trial: Callable[..., Trial]) -> None:
    one = trial()
    one.begins("like")
    one.says("Super!", do="said")
    one.begins("like")
    one.begins("peace")
    one.says("Super!", "Victory!", do="said")
    one.ends("like")
    one.begins("like")
    one.says("Super!", "Victory!", "Super!", do="said")


def test_the_same_label_is_said_again_after_a_while(
    trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "REPEAT_S", 0.0)
    one = trial()
    for count in (1, 2):
        one.begins("like")
        one.says(*["Super!"] * count, do="said")


def test_a_new_source_begins_anew(trial: Callable[..., Trial]) -> None:
    one = trial()
    for count in (1, 2):
        one.speaker.on_source(None)  # type: ignore[arg-type]
        one.begins("like")
        one.says(*["Super!"] * count, do="said")


def test_a_newer_label_waits_for_a_word_that_just_began(
    trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "INTERRUPT_S", LONG)
    one = trial(seconds=0.3)
    one.begins("like")
    one.says("Super!")
    one.begins("fist")
    one.begins("peace")
    one.says("Super!", "Victory!", do="said")


def test_a_newer_label_interrupts_an_older_word(trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "INTERRUPT_S", 0.1)
    one = trial(seconds=LONG)
    for count, label in enumerate(["like", "fist", "peace"], 1):
        one.begins(label)
        until(lambda count=count: len(one.said()) == count)
    assert one.said() == ["Super!", "Punch!", "Victory!"] and one.said("said") == []
    assert len({row["pid"] for row in one.rows()}) == 3
    assert one.states() == [VoiceState.OK], "to be interrupted is no fault"


def test_a_label_that_comes_again_does_not_interrupt_itself(
    trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "INTERRUPT_S", 0.0)
    one = trial(seconds=0.3)
    one.begins("like")
    one.says("Super!")
    one.ends("like")
    one.begins("like")
    one.says("Super!", "Super!", do="said")


def test_the_next_word_is_said_by_the_process_that_stands_by(
    trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "INTERRUPT_S", 0.0)
    ready: list[object] = []
    pair = talk.VoicePair.is_ready
    monkeypatch.setattr(talk.VoicePair, "is_ready", lambda self, worker: (pair(self, worker), ready.append(worker)))
    one = trial(seconds=LONG)
    until(lambda: len(ready) == 2)
    one.begins("like")
    one.says("Super!")
    one.begins("fist")
    one.says("Super!", "Punch!")
    assert [row["pid"] for row in one.rows()] == [worker.pid for worker in ready[:2]]  # type: ignore[attr-defined]


def test_a_thousand_labels_in_a_second(trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "STALE_S", LONG)
    one = trial(seconds=0.2)
    one.begins("first")
    one.says("first")
    tracemalloc.start()
    longest = 0.0
    for number in range(1000):
        begin = time.thread_time()
        one.begins(f"label {number}")
        longest = max(longest, time.thread_time() - begin)
        time.sleep(0.0005)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    until(lambda: one.said("said")[-1:] == ["label 999"])
    assert len(one.said()) < 100
    assert len(one.speaker._wishes) <= WAITING
    assert grown < 500_000
    assert longest < 0.05, "seconds of this thread's own work; waiting for a processor does not count"


def test_a_voice_that_hangs_is_ended(trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "SAY_S", 0.2)
    monkeypatch.setattr(talk, "SAY_PER_CHARACTER_S", 0.0)
    one = trial()
    one.begins("hang")
    one.says("hang")
    monkeypatch.setattr(talk, "SAY_S", LONG)
    one.begins("like")
    one.says("hang", "Super!")
    one.says("Super!", do="said")
    assert len({row["pid"] for row in one.rows()}) == 2


def test_a_voice_that_dies_is_started_again(trial: Callable[..., Trial]) -> None:
    one = trial()
    one.begins("die")
    one.says("die")
    one.begins("like")
    one.says("Super!", do="said")
    os.kill(one.rows()[-1]["pid"], signal.SIGTERM)

    def said_again() -> bool:
        one.ends("fist")
        one.begins("fist")  # The first may be lost with the process.
        return "Punch!" in one.said("said")

    until(said_again)
    assert one.states() == [VoiceState.OK]


def test_a_voice_that_dies_too_often_is_left_alone(trial: Callable[..., Trial]) -> None:
    one = trial()
    for count in range(talk.RESTARTS + 1):
        one.ends("die")
        one.begins("die")
        until(lambda count=count: len(one.said()) == count + 1)
    until(lambda: one.states() == [VoiceState.OK, VoiceState.FAILED])
    assert "5 times within a minute" in one.statuses[-1].message and one.statuses[-1].remedy
    one.begins("like")
    one.speaker.change(enabled=False)
    until(lambda: one.states()[-1] is VoiceState.OFF)
    one.speaker.change(enabled=True)
    one.begins("peace")
    until(lambda: "Victory!" in one.said("said"))
    assert "Super!" not in one.said() and one.states()[-1] is VoiceState.OK


def test_a_voice_that_never_starts(trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "START_S", 0.1)
    one = trial(start_seconds=LONG)
    until(lambda: one.states() == [VoiceState.FAILED])
    assert "it did not start" in one.statuses[0].message


def test_a_label_from_before_the_start_is_not_said_too_late(
    trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "STALE_S", 0.0)
    one = trial()
    one.begins("like")
    until(lambda: one.states() == [VoiceState.OK])
    monkeypatch.setattr(talk, "STALE_S", LONG)
    one.begins("peace")
    one.says("Victory!", do="said")


def test_what_is_missing_is_told_once_and_looked_for_when_switched_on(trial: Callable[..., Trial]) -> None:
    one = trial(fault="player")
    until(lambda: one.states() == [VoiceState.MISSING])
    for label in ("like", "fist"):
        one.begins(label)
    one.speaker.change(enabled=False)
    until(lambda: len(one.statuses) == 2)
    one.speaker.change(enabled=True)
    until(lambda: len(one.statuses) == 3)
    assert one.states() == [VoiceState.MISSING, VoiceState.OFF, VoiceState.MISSING] and one.said() == []


def test_no_sound_card_is_told_once(trial: Callable[..., Trial]) -> None:
    one = trial(no_sound_on="Super!")
    for count in (1, 2, 3):
        one.ends("like")
        one.begins("like")
        until(lambda count=count: len(one.said()) == count)
    one.begins("peace")
    until(lambda: one.said("said") == ["Victory!"])
    until(lambda: one.states()[-1] is VoiceState.OK)
    assert one.states() in ([VoiceState.OK, VoiceState.FAILED, VoiceState.OK], [VoiceState.FAILED, VoiceState.OK])


def test_settings_change_while_it_runs(trial: Callable[..., Trial]) -> None:
    one = trial(VoiceSettings(enabled=True, rate=100))
    one.begins("like")
    one.says("Super!", do="said")
    one.speaker.change(rate=200, volume=0.5, voice="anna")
    one.begins("fist")
    one.says("Super!", "Punch!", do="said")
    one.speaker.change(muted=frozenset({"gesture"}))
    one.begins("peace")
    one.begins("hello", "sign")
    one.says("Super!", "Punch!", "Hello!", do="said")
    rows = [(row["voice"], row["rate"], row["volume"]) for row in one.rows() if row["do"] == "say"]
    assert rows[:2] == [("", 100, 1.0), ("anna", 200, 0.5)]
    with pytest.raises(UsageError, match="rate"):
        one.speaker.change(rate=9)
    assert one.speaker.settings.rate == 200


def test_switched_off_it_is_silent_at_once(trial: Callable[..., Trial]) -> None:
    one = trial(seconds=LONG)
    one.begins("like")
    one.says("Super!")
    one.begins("fist")
    one.speaker.change(enabled=False)
    until(lambda: one.states()[-1] is VoiceState.OFF)
    one.begins("peace")
    assert one.said() == ["Super!"] and one.said("said") == []


def test_switched_off_from_the_start_it_costs_nothing(trial: Callable[..., Trial]) -> None:
    before = threading.active_count()
    one = trial(VoiceSettings())
    one.begins("like")
    one.speaker.change(rate=100)
    assert threading.active_count() == before
    assert one.statuses == [] and one.speaker.status.state is VoiceState.OFF


def test_a_test_is_heard_though_switched_off(trial: Callable[..., Trial]) -> None:
    one = trial(VoiceSettings())
    one.speaker.test("  This is how I sound.  ")
    one.says("This is how I sound.", do="said")
    until(lambda: one.states() == [VoiceState.OK, VoiceState.OFF])


def test_a_test_tells_what_is_missing_and_lets_it_stand(trial: Callable[..., Trial]) -> None:
    one = trial(VoiceSettings(), fault="player")
    one.speaker.test("Hello")
    until(lambda: one.states() == [VoiceState.MISSING])
    one.speaker.test("Hello")
    one.speaker.change(rate=100)
    assert one.speaker.status.state is VoiceState.MISSING


def test_a_test_does_not_wait(trial: Callable[..., Trial]) -> None:
    one = trial(seconds=LONG)
    one.begins("like")
    one.says("Super!")
    one.speaker.test("Now")
    one.says("Super!", "Now")


def test_wrong_phrases_are_a_hint(trial: Callable[..., Trial]) -> None:
    user_phrases().parent.mkdir(parents=True)
    user_phrases().write_text("[gesture]\nlike = 3\n")
    one = trial()
    one.begins("like")
    one.says("Super!", do="said")
    until(lambda: one.statuses[-1].message)
    assert one.statuses[-1].state is VoiceState.OK and "phrases.toml, line 2" in one.statuses[-1].line


def test_voices_are_listed(trial: Callable[..., Trial]) -> None:
    assert [each.id for each in trial(VoiceSettings()).speaker.voices()] == ["silent", "quiet"]


@pytest.mark.parametrize("label", ["like", "hang"])
def test_closing_is_quick_and_for_good(trial: Callable[..., Trial], label: str) -> None:
    one = trial(seconds=LONG)
    one.begins(label)
    until(one.said)
    one.begins("fist")
    begin = time.monotonic()
    one.speaker.close()
    assert time.monotonic() - begin < 10
    count = len(one.statuses)
    one.speaker.close()
    one.begins("peace")
    one.speaker.test("peace")
    one.speaker.change(enabled=False)
    assert len(one.said()) == 1 and len(one.statuses) == count


def test_the_last_word_may_be_let_out(tmp_path: Path) -> None:
    log = tmp_path / "said.jsonl"
    speaker = Speaker(VoiceSettings(True), voice=SilentVoice(log=str(log), seconds=0.2), patience_s=PATIENCE_S)
    speaker.on_event(LabelEvent("gesture", "like", 0.9, 0))
    speaker.close()
    assert [json.loads(line)["do"] for line in log.read_text().splitlines()] == ["say", "said"]
    speaker = Speaker(VoiceSettings(True), voice=SilentVoice(seconds=LONG), patience_s=PATIENCE_S)
    speaker.on_event(LabelEvent("gesture", "like", 0.9, 0))
    begin = time.monotonic()
    speaker.close(keep=False)
    assert time.monotonic() - begin < PATIENCE_S / 2


APP = """
import sys, time
from app.speech import Speaker
from app.voice.status import VoiceSettings
from app.voice.voices import SilentVoice
speaker = Speaker(VoiceSettings(True), voice=SilentVoice(log=sys.argv[1]))
speaker.test("hang")
time.sleep(1000)
"""


@LINUX_ONLY
def test_no_process_outlives_a_killed_app(tmp_path: Path) -> None:
    log = tmp_path / "said.jsonl"
    app = subprocess.Popen([sys.executable, "-c", APP, str(log)], cwd=ROOT)
    try:
        until(lambda: log.exists() and log.read_text().endswith("\n"))
        number = json.loads(log.read_text())["pid"]
        children = Path(f"/proc/{app.pid}/task/{app.pid}/children")
        voices = {number, *map(int, children.read_text().split())}
    finally:
        app.kill()
        app.wait()
    until(lambda: not any(is_running(each) for each in voices), "a voice outlives the app")


def is_running(number: int) -> bool:
    """Return whether a process is there, and not only its entry."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
