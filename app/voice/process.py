"""The voice's own process: `python -m app.voice.process`. JSON lines come in, and one answer goes out for each.

It is told what to do on standard input:

    {"number": 1, "do": "say", "text": "Victory!", "voice": "", "rate": 170, "volume": 1.0}
    {"number": 2, "do": "voices"}
    {"number": 3, "do": "save", "text": "Victory!", "path": "victory.wav", ...}
    {"number": 4, "do": "try"}

and answers on standard output with {"number": 1, "note": ""}, {"number": 2, "voices": [...]} or {"number": 3, "fault":
"other", "text": "..."}. Number 0 is its own word that it is ready, or why it never will be. It ends when standard
input does, also in the middle of a word: nothing is left when the app was killed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from app.voice.voices import Manner, Pyttsx3Voice, SilentVoice, Voice, VoiceFault

Request = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until standard input ends."""
    words = list(sys.argv[1:] if argv is None else argv)
    voice: Voice = SilentVoice(**json.loads(words[1])) if words[:1] == ["--silent"] else Pyttsx3Voice()
    answers = _own_output()
    requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests,), daemon=True, name="requests").start()
    if not _answer(answers, 0, lambda: _started(voice)):
        return 1
    while (request := requests.get()) is not None:
        _answer(answers, request["number"], lambda request=request: _done(voice, request))
    return 0


def _own_output() -> IO[str]:
    """Keep standard output for the answers: what libraries print there goes where their errors go."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    return own


def _read(requests: queue.SimpleQueue[Request | None]) -> None:
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    requests.put(None)
    # The main thread may be in the middle of a word, or hang.
    _end_players()
    os._exit(0)


def _end_players() -> None:
    """End the group, where this process leads one: a player must not go on alone."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        import signal

        os.killpg(0, signal.SIGKILL)


def _answer(answers: IO[str], number: int, work: Any) -> bool:
    try:
        answer, fine = work(), True
    except VoiceFault as fault:
        answer, fine = {"fault": fault.code, "text": fault.text}, False
    except Exception as error:
        answer, fine = {"fault": "other", "text": f"{type(error).__name__}: {error}"}, False
    answers.write(json.dumps({"number": number, **answer}) + "\n")
    answers.flush()
    return fine


def _started(voice: Voice) -> dict[str, Any]:
    voice.start()
    return {}


def _done(voice: Voice, request: Request) -> dict[str, Any]:
    if request["do"] == "voices":
        return {"voices": [dataclasses.asdict(each) for each in voice.voices()]}
    if request["do"] == "try":
        voice.try_sound()
        return {}
    manner = Manner(request["voice"], request["rate"], request["volume"])
    # A lone surrogate, which a label may hold, cannot be handed to any engine.
    text = request["text"].encode("utf-8", "replace").decode("utf-8")
    if request["do"] == "save":
        voice.save(text, manner, Path(request["path"]))
        return {}
    return {"note": voice.say(text, manner)}


if __name__ == "__main__":
    sys.exit(main())
