"""The settings of what is seen: captions and what is drawn over the picture, and how the window looks."""

from __future__ import annotations

from app.gui.background import Background
from app.gui.settings_keeper import SettingsKeeper
from app.gui.settings_page import INDENT, Page, show_line
from app.ports import mesh_installed
from app.settings import CAPTION_SECONDS
from recognizers.landmarker_catalog import FETCH_MESH_REMEDY, file_named

THEMES = (("As the system", "system"), ("Light", "light"), ("Dark", "dark"))


class CaptionsPage(Page):
    """Captions, and what is drawn over the picture.

    Args:
        keeper: holds the settings.
        background: looks whether the mesh's model file is there.
    """

    def __init__(self, keeper: SettingsKeeper, background: Background) -> None:
        super().__init__("Captions", keeper)
        self._background = background
        self.linger = self.add_number(
            "caption_seconds",
            "Captions stay",
            CAPTION_SECONDS,
            0.5,
            lambda value: f"{value:.1f} s",
            hint="How long a caption can still be read after its label has ended.",
        )
        self.large = self.add_flag("large_captions", "Large captions", "To be read from the other side of a room (L).")
        self.mirrored = self.add_flag("mirrored", "Mirrored picture", "You see yourself as in a mirror (M).")
        self.points = self.add_flag("show_points", "Points on hands and face", "What Mudra has found (K).")
        self.mesh = self.add_flag(
            "face_mesh", "Mesh of the face", "478 points in place of six, in the mode for emotions."
        )
        self.mesh_line = self.add_line("What the mesh needs", INDENT)

    def opened(self) -> None:
        """Look whether the mesh's model file is there."""
        self._background.run(mesh_installed, self._show_mesh)

    def _show_mesh(self, installed: bool) -> None:
        file = file_named("face_mesh").file
        needed = f"The mesh needs the model file {file}, which is not installed. {FETCH_MESH_REMEDY.replace('`', '')}."
        show_line(self.mesh_line, "" if installed else needed, problem=True)


class AppearancePage(Page):
    """Light or dark, and the line of figures."""

    def __init__(self, keeper: SettingsKeeper) -> None:
        super().__init__("Appearance", keeper)
        self.theme = self.add_choice("theme", "Colours", THEMES)
        self.figures = self.add_flag(
            "show_figures", "Line of figures", "Frames a second, times and drops, below the picture (H)."
        )
