"""Makes the README's pictures from the program itself: opens the window on the synthetic signer and photographs it.

Run it with `make pictures`. It needs no screen, no camera and none of the user's settings.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PySide6.QtGui import QImage

HERE = Path(__file__).parent
SIZE = (1280, 720)
PATIENCE_S = 90.0
GIF_WIDTH, GIF_RATE, GIF_SECONDS = 720, 8, 8.0
COLOURS = 128


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, the mode, what the signer shows, the label to wait for, and settings."""

    name: str
    mode: str
    script: str
    label: str
    theme: str = "dark"
    large: bool = False
    also: str = ""


SHOTS = (
    Shot("window-sign", "sign", "none:0.5,seeyoulater:3.2,none:1,loop", "seeyoulater"),
    Shot("window-gesture", "gesture", "palm:2,peace:2,like:2,none:1,loop", "like"),
    Shot("window-emotion", "emotion", "none:5,loop", "happy", theme="light"),
    Shot("window-all", "all", "none:1,palm:2,rock:3,loop", "rock", also="emotion"),
    Shot("window-large", "gesture", "none:1,ok:2,peace:3,loop", "peace", theme="light", large=True),
)
TEACH = "window-teach"
MOVING = "none:0.4,palm:1.4,peace:1.4,rock:1.4,like:1.4,ok:1.4,none:0.6,loop"


def main() -> int:
    """Make every picture, or those that are named; return 1 where one could not be made."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # The landmark models stay where they are; everything else of the user's is left out.
        from recognizers import home

        os.environ["MUDRA_LANDMARKERS"] = str(home.landmarkers_folder())
        os.environ["MUDRA_HOME"] = folder
        failed = [shot.name for shot in SHOTS if not wanted or shot.name in wanted if not photograph(shot)]
        if (not wanted or TEACH in wanted) and not photograph_teaching():
            failed.append(TEACH)
        if not wanted or "mudra" in wanted:
            film()
    for name in failed:
        print(f"{name}: the label was not seen; the picture was left as it was", file=sys.stderr)
    return 1 if failed else 0


class Stage:
    """The window on a script, closed at the end.

    Args:
        mode: the mode.
        script: what the signer shows.
        theme: light or dark.
        large: large captions.
    """

    def __init__(self, mode: str, script: str, *, theme: str = "dark", large: bool = False) -> None:
        from app.gui.application import Parts, Wishes, make_application
        from app.gui.settings_keeper import SettingsKeeper
        from app.settings import Settings

        self.application = make_application()
        settings = Settings(mode=mode, theme=theme, large_captions=large, welcomed=True)
        self.window = Parts(SettingsKeeper(settings), Wishes()).window
        self.window.resize(*SIZE)
        self.window.show()
        self.window.watch.set_mode(mode)
        self.window.watch_source(f"synthetic:{script}")

    def wait(self, done: Callable[[], bool]) -> bool:
        """Let the program run until something is so; return whether it came to be."""
        deadline = time.monotonic() + PATIENCE_S
        while not done() and time.monotonic() < deadline:
            self.application.processEvents()
            time.sleep(0.005)
        return done()

    def rest(self, seconds: float) -> None:
        """Let the program run for a while."""
        until = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= until)

    def held(self) -> dict[str, str]:
        """Return the labels that are held now, by mode."""
        snapshot = self.window.snapshot
        return {} if snapshot is None else {mode: event.label for mode, event in snapshot.held.items()}

    def close(self) -> None:
        """Close the window."""
        self.window.close()


def photograph(shot: Shot) -> bool:
    """Make one picture; return False where the label was not seen."""
    stage = Stage(shot.mode, shot.script, theme=shot.theme, large=shot.large)
    try:
        stage.rest(4.0)  # the transcript has something to show by then
        seen = stage.wait(lambda: shot.label in stage.held().values() and (not shot.also or shot.also in stage.held()))
        stage.rest(0.2)
        if seen:
            stage.window.grab().save(str(HERE / f"{shot.name}.png"), "PNG", 0)  # 0 packs best
        return seen
    finally:
        stage.close()


def photograph_teaching() -> bool:
    """Make the picture of the panel in which clips are recorded; return False where none was."""
    from app.recording_plan import Phase, RecordingPlan

    stage = Stage("gesture", "three:600")
    try:
        stage.wait(lambda: stage.window.snapshot is not None)
        teach = stage.window.teach
        teach.toggle()
        assert teach.panel is not None
        teach.panel.record.label.setEditText("three")
        teach.panel.record.signer.setText("Anna")
        teach.record(RecordingPlan("three", "gesture", 10, 1.0, countdown_s=1.0, pause_s=2.0, signer="Anna"))
        seen = stage.wait(lambda: teach.overlay.status.written >= 3 and teach.overlay.status.phase is Phase.PAUSE)
        stage.rest(0.6)  # the flash is over
        if seen:
            stage.window.grab().save(str(HERE / f"{TEACH}.png"), "PNG", 0)
        return seen
    finally:
        stage.close()


def film() -> None:
    """Make the short moving picture."""
    stage = Stage("gesture", MOVING)
    frames: list[Image.Image] = []
    try:
        stage.wait(lambda: bool(stage.held()))
        for _ in range(round(GIF_SECONDS * GIF_RATE)):
            begin = time.monotonic()
            frames.append(_small(stage.window.grab().toImage()))
            stage.rest(max(0.0, 1 / GIF_RATE - (time.monotonic() - begin)))
    finally:
        stage.close()
    # One palette for all: the ground does not flicker, and what stands still costs nothing.
    palette = _with_accents(frames[len(frames) // 2]).quantize(COLOURS, Image.Quantize.MEDIANCUT)
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    flat[0].save(
        HERE / "mudra.gif", save_all=True, append_images=flat[1:], duration=1000 // GIF_RATE, loop=0, optimize=True
    )


def _with_accents(frame: Image.Image) -> Image.Image:
    """Return a frame with the colours of bars, points and tabs beside it: small things, which a palette forgets."""
    from app.gui.theme import DARK
    from app.overlay import RIGHT_HAND

    accents = (DARK.good, DARK.accent, RIGHT_HAND)
    height = frame.height // len(accents)
    whole = Image.new("RGB", (frame.width + 90, frame.height), DARK.panel)
    whole.paste(frame, (0, 0))
    for number, colour in enumerate(accents):
        whole.paste(colour, (frame.width, number * height, whole.width, (number + 1) * height))
    return whole


def _small(image: QImage) -> Image.Image:
    rgb = image.convertToFormat(QImage.Format.Format_RGBX8888)
    whole = Image.frombuffer(
        "RGBX", (rgb.width(), rgb.height()), bytes(rgb.constBits()), "raw", "RGBX", rgb.bytesPerLine(), 1
    )
    height = round(GIF_WIDTH * rgb.height() / rgb.width())
    return whole.convert("RGB").resize((GIF_WIDTH, height), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    sys.exit(main())
