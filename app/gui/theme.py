"""Light and dark: a handful of colours, and Qt's palette and style sheet made of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours as #rrggbb. Text and muted text keep a contrast of 4.5 to 1 and more on window, panel and field."""

    window: str
    panel: str
    field: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    warning: str
    bad: str


DARK = Colours(
    window="#14161b",
    panel="#1d2028",
    field="#272b35",
    line="#3a404d",
    text="#f2f4f8",
    muted="#aeb6c4",
    accent="#6db3ff",
    on_accent="#0c1420",
    good="#6fdc98",
    warning="#ffc266",
    bad="#ff8a80",
)
LIGHT = Colours(
    window="#eef0f4",
    panel="#ffffff",
    field="#e6e9ef",
    line="#c3c9d4",
    text="#14161b",
    muted="#4f5867",
    accent="#0b5cc4",
    on_accent="#ffffff",
    good="#0b7a3b",
    warning="#8a5200",
    bad="#b3261e",
)


def colours(palette: QPalette) -> Colours:
    """Return the colours that a palette made by `apply` stands for."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def apply(application: QApplication, theme: str) -> None:
    """Give the whole application a theme.

    Args:
        application: the running application.
        theme: `light`, `dark`, or `system` for what the desktop prefers.
    """
    hints = application.styleHints()
    wanted = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(theme, Qt.ColorScheme.Unknown)
    hints.setColorScheme(wanted)
    scheme = wanted if wanted is not Qt.ColorScheme.Unknown else hints.colorScheme()
    chosen = LIGHT if scheme is Qt.ColorScheme.Light else DARK
    application.setPalette(_palette(chosen))
    application.setStyleSheet(_style_sheet(chosen))


def _palette(chosen: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for colour, roles in (
        (chosen.window, (role.Window,)),
        (chosen.panel, (role.Base, role.ToolTipBase)),
        (chosen.field, (role.Button, role.AlternateBase)),
        (chosen.text, (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText)),
        (chosen.muted, (role.PlaceholderText,)),
        (chosen.accent, (role.Highlight, role.Link, role.Accent)),
        (chosen.on_accent, (role.HighlightedText,)),
        (chosen.line, (role.Mid, role.Midlight, role.Dark)),
    ):
        for each in roles:
            palette.setColor(each, QColor(colour))
    for each in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(chosen.muted))
    return palette


def _style_sheet(c: Colours) -> str:
    return f"""
    QWidget {{ color: {c.text}; }}
    QMainWindow, QDialog {{ background: {c.window}; }}
    QPushButton, QToolButton {{
        background: {c.field}; border: 2px solid {c.line}; border-radius: 7px; padding: 5px 12px;
    }}
    QPushButton:hover, QToolButton:hover {{ border-color: {c.muted}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {c.line}; }}
    QPushButton:checked, QToolButton:checked, QPushButton#wanted:enabled {{
        background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
    }}
    QPushButton:disabled, QToolButton:disabled {{ color: {c.muted}; }}
    QPushButton:focus, QToolButton:focus {{ border-color: {c.text}; }}
    QPushButton:checked:focus, QToolButton:checked:focus, QPushButton#wanted:enabled:focus {{ border-color: {c.text}; }}
    QPushButton::menu-indicator {{ width: 0; }}
    QTabBar {{ background: transparent; }}
    QTabBar::tab {{
        background: {c.field}; border: 2px solid {c.line}; padding: 6px 16px; margin-right: 4px; border-radius: 7px;
    }}
    QTabBar::tab:hover {{ border-color: {c.muted}; }}
    QTabBar::tab:selected {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
    QTabBar::tab:selected:focus {{ border-color: {c.text}; }}
    QFrame#panel {{ background: {c.panel}; border: 1px solid {c.line}; border-radius: 9px; }}
    QFrame#strip {{ background: {c.panel}; border: 2px solid {c.accent}; border-radius: 9px; }}
    QFrame#strip[kind="problem"] {{ border-color: {c.warning}; }}
    QLabel#heading {{ font-weight: 600; }}
    QLabel#muted {{ color: {c.muted}; }}
    QLabel#muted[kind="problem"] {{ color: {c.warning}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QPlainTextEdit, QTableView, QListView, QTextBrowser {{
        background: {c.panel}; border: 2px solid {c.line}; border-radius: 6px; padding: 3px;
        selection-background-color: {c.accent}; selection-color: {c.on_accent};
    }}
    QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus, QTableView:focus,
    QListView:focus, QTextBrowser:focus {{ border-color: {c.accent}; }}
    QTableView {{ border-width: 2px; gridline-color: {c.line}; }}
    QHeaderView::section {{ background: {c.panel}; color: {c.muted}; border: none; padding: 3px 5px; }}
    QCheckBox:focus, QRadioButton:focus, QSlider:focus {{ outline: none; border: 2px solid {c.accent};
        border-radius: 6px; }}
    QSpinBox, QDoubleSpinBox {{ padding-right: 18px; }}
    QSpinBox::up-button, QDoubleSpinBox::up-button {{
        subcontrol-origin: border; subcontrol-position: top right; width: 20px; border: none;
    }}
    QSpinBox::down-button, QDoubleSpinBox::down-button {{
        subcontrol-origin: border; subcontrol-position: bottom right; width: 20px; border: none;
    }}
    QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url("{_icon("arrow-up", c)}"); width: 9px; height: 9px; }}
    QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: url("{_icon("arrow", c)}"); width: 9px; height: 9px; }}
    QComboBox::drop-down {{ border: none; width: 24px; }}
    QComboBox::down-arrow {{ image: url("{_icon("arrow", c)}"); width: 12px; height: 12px; }}
    QCheckBox::indicator {{
        width: 14px; height: 14px; border: 2px solid {c.muted}; border-radius: 5px; background: {c.panel};
    }}
    QCheckBox::indicator:checked {{
        border-color: {c.accent}; background: {c.accent}; image: url("{_icon("tick", c)}");
    }}
    QCheckBox, QRadioButton {{ border: 2px solid transparent; padding: 2px; spacing: 8px; }}
    QSlider {{ border: 2px solid transparent; min-height: 24px; }}
    QSlider::groove:horizontal {{ height: 6px; border-radius: 3px; background: {c.line}; }}
    QSlider::sub-page:horizontal {{ height: 6px; border-radius: 3px; background: {c.accent}; }}
    QSlider::handle:horizontal {{ width: 18px; margin: -7px 0; border-radius: 9px; background: {c.text}; }}
    QSlider::sub-page:horizontal:disabled {{ background: {c.line}; }}
    QSlider::handle:horizontal:disabled {{ background: {c.muted}; }}
    QListView#sections {{ outline: none; }}
    QListView#sections::item {{ padding: 7px 9px; border-radius: 5px; }}
    QListView#sections::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
    QProgressBar {{ background: {c.line}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
    QMenu {{ background: {c.panel}; border: 1px solid {c.line}; padding: 5px; }}
    QMenu::item {{ padding: 6px 22px; border-radius: 5px; }}
    QMenu::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
    QMenu::item:disabled {{ color: {c.muted}; }}
    QMenu::separator {{ height: 1px; background: {c.line}; margin: 5px 8px; }}
    QToolTip {{ background: {c.panel}; color: {c.text}; border: 1px solid {c.line}; padding: 4px; }}
    """


def _icon(name: str, chosen: Colours) -> str:
    """Return the path of a small picture in a theme's colour; style sheets take pictures from files alone."""
    file = f"{name}-{'dark' if chosen is DARK else 'light'}.svg"
    return Path(str(resources.files("assets") / file)).as_posix()
