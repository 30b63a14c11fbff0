"""The second step of teaching: every clip in a list, replayed, trimmed, called something else, thrown away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.gui import teach_words
from app.gui.clip_player import ClipPlayer, Pictures
from app.gui.clip_table import ClipTable
from app.gui.dialogs import ask
from app.gui.inputs import CalmList
from app.gui.texts import muted
from app.samples import Listing, Sample
from recognizers.types import Landmarks

EVERYTHING, ODD, TRASH, LABEL = "everything", "odd", "trash", "label "
"""What the list shows, in the entries' data; behind the last one stands the label."""
DELETE_ALL = (
    "Delete every clip of this mode for good: {clips} in the list and {trashed} in the trash, with their pictures and "
    "corrections? Models that were trained stay."
)


@dataclass(frozen=True, slots=True)
class Trim:
    """A clip of which only a part is to be kept: its file, and the seconds from and to."""

    path: Path
    start_s: float
    end_s: float


class ReviewStep(QWidget):
    """The list of clips and what can be done with them."""

    load = Signal(object)
    """The `Sample` that is to be replayed."""
    delete = Signal(object)
    """The paths of clips that are to go into the trash."""
    restore = Signal(object)
    """The paths of clips that are to come back from it."""
    relabel = Signal(object, str)
    """Paths, and what the clips are to be called."""
    trim = Signal(object)
    """A `Trim`."""
    empty = Signal()
    """The trash is to be emptied."""
    delete_all = Signal()
    """Everything is to be deleted for good."""
    check = Signal()
    """The model is to be asked about every clip."""

    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing(())
        self.trashed: tuple[Sample, ...] = ()
        self._model = ""
        self._make()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(self.which, 1)
        top.addWidget(self.more)
        layout.addLayout(top)
        for part in (self.about, self.table):
            layout.addWidget(part, int(part is self.table))
        layout.addWidget(self.player, 1)
        layout.addWidget(self.state)
        grid = QGridLayout()
        grid.setSpacing(4)
        for number, button in enumerate((self.throw, self.rename, self.cut)):
            grid.addWidget(button, 0, number)
        grid.addWidget(self.start, 1, 0)
        grid.addWidget(self.to, 1, 1, Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(self.end, 1, 2)
        layout.addLayout(grid)
        self._show_buttons()

    def _make(self) -> None:
        self.which = CalmList()
        self.which.setAccessibleName("Which clips")
        self.which.currentIndexChanged.connect(lambda _index: self._show_clips())
        self.more = _button("More", "Check, empty the trash, delete everything")
        menu = QMenu(self.more)
        self.check_action = menu.addAction("Ask the model about every clip", self.check.emit)
        self.empty_action = menu.addAction("Empty the trash…", self._empty)
        self.all_action = menu.addAction("Delete everything…", self._delete_all)
        self.more.setMenu(menu)
        self.about = _short_line()
        self.about.setAccessibleName("What there is")
        self.table = ClipTable()
        self.table.setMinimumHeight(90)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._chosen())
        self.player = ClipPlayer()
        self.state = _short_line()
        self.state.setAccessibleName("The chosen clip")
        self.throw = _button("Delete", "Puts the chosen clips into the trash (Del)")
        self.throw.clicked.connect(lambda _checked=False: self._throw())
        self.rename = _button("Other label…", "Gives the chosen clips another label")
        self.rename.clicked.connect(lambda _checked=False: self._rename())
        self.cut = _button("Keep this part", "Keeps the part between the two times; the whole goes to the trash")
        self.cut.clicked.connect(lambda _checked=False: self._cut())
        self.to = muted("to")
        self.start, self.end = _seconds("Keep from second"), _seconds("Keep to second")
        for box in (self.start, self.end):
            box.valueChanged.connect(lambda _value: self._part_changed())
        key = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        key.setContext(Qt.ShortcutContext.WidgetShortcut)
        key.activated.connect(self._throw)

    @property
    def in_trash(self) -> bool:
        """Whether the list shows the trash."""
        return bool(self.which.currentData() == TRASH)

    # What others tell.

    def show_listing(self, listing: Listing, trashed: Sequence[Sample]) -> None:
        """Show what samples there are now."""
        if listing == self.listing and tuple(trashed) == self.trashed:
            return
        self.listing, self.trashed = listing, tuple(trashed)
        before = self.which.currentData()
        with QSignalBlocker(self.which):
            self.which.clear()
            self.which.addItem(f"All: {teach_words.summary(listing)}", EVERYTHING)
            for each in listing.labels:
                flagged = f", {each.flagged} flagged" if each.flagged else ""
                words = f"{teach_words.label_of(each.label)}: {teach_words.clips(each.clips)}{flagged}"
                self.which.addItem(words, LABEL + each.label)
            self.which.addItem(self._odd_words(), ODD)
            self.which.addItem(f"Trash: {teach_words.clips(len(trashed))}", TRASH)
            self.which.setCurrentIndex(max(0, self.which.findData(before)))
        self.all_action.setEnabled(bool(listing.samples or trashed))
        self.empty_action.setEnabled(bool(trashed))
        self.check_action.setEnabled(bool(listing.samples))
        self._show_clips()

    def show_marks(self, mistakes: Mapping[Path, str], model: str) -> None:
        """Mark the clips that a model took for something else when it was measured on them, without a word."""
        if mistakes == self.table.clips.mistakes and model == self._model:
            return
        self._model = model
        self.table.clips.show_mistakes(mistakes)
        self._show_counts()
        if self.which.currentData() == ODD:
            self._show_clips()
        else:
            self._show_state()

    def show_mistakes(self, mistakes: Mapping[Path, str]) -> None:
        """Show the clips that the model takes for something else."""
        self.table.clips.show_mistakes(mistakes)
        self._show_counts()
        self.which.setCurrentIndex(max(0, self.which.findData(ODD)))
        self._show_clips()
        count = len(mistakes)
        told = f"takes {teach_words.clips(count)} for something else" if count else "is right about every clip"
        _show(self.about, f"The model in use {told}; most of them taught it")

    def show_clip(
        self, sample: Sample, rows: Sequence[Landmarks], words: str = "", pictures: Pictures | None = None
    ) -> None:
        """Replay a clip, if it is still the chosen one."""
        if self.table.current is None or self.table.current.path != sample.path:
            return
        self.player.show_clip(rows, words, pictures)
        for box, value in ((self.start, 0.0), (self.end, self.player.seconds)):
            with QSignalBlocker(box):
                box.setRange(0.0, max(0.0, self.player.seconds))
                box.setValue(value)
        self._show_buttons()

    def show_about(self, text: str) -> None:
        """Show another line above the list, until the list changes."""
        _show(self.about, text)

    def show_mode(self) -> None:
        """Another mode is taught: nothing is known of its clips yet."""
        self._model = ""
        self.table.clips.show_mistakes({})
        self.player.show_clip(())

    # What the user does.

    def _shown(self) -> tuple[Sample, ...]:
        kind = self.which.currentData() or EVERYTHING
        if kind == TRASH:
            return self.trashed
        if kind == ODD:
            return tuple(filter(self.table.clips.is_odd, self.listing.samples))
        return self.listing.samples if kind == EVERYTHING else self.listing.of(kind.removeprefix(LABEL))

    def _show_clips(self) -> None:
        row = self.table.currentIndex().row()
        shown = self._shown()
        self.table.clips.show_samples(shown)
        _show(self.about, self._about())
        if shown:
            self.table.selectRow(min(max(0, row), len(shown) - 1))
        else:
            self.player.show_clip((), "No clips")
            self._show_state()
            self._show_buttons()

    def _odd(self) -> int:
        return sum(map(self.table.clips.is_odd, self.listing.samples))

    def _odd_words(self) -> str:
        return f"To be looked at: {teach_words.clips(self._odd())}"

    def _show_counts(self) -> None:
        self.which.setItemText(self.which.findData(ODD), self._odd_words())

    def _about(self) -> str:
        kind = self.which.currentData() or EVERYTHING
        mistaken = len(self.table.clips.mistakes)
        if kind == ODD and mistaken and self._model:
            return teach_words.marked_by(self._model, mistaken)
        labels = [each for each in self.listing.labels if kind in (EVERYTHING, LABEL + each.label)]
        if not labels:
            return ""
        signers = sorted({name for each in labels for name in each.signers})
        sessions = {name for each in labels for name in each.sessions}
        by = f"shown by {', '.join(signers)}" if signers else "nobody named"
        many = "1 session" if len(sessions) == 1 else f"{len(sessions)} sessions"
        return f"{sum(each.seconds for each in labels):.0f} s, {by}, {many}"

    def _chosen(self) -> None:
        sample = self.table.current
        self._show_buttons()
        self._show_state()
        if sample is None or not self.table.chosen:
            return
        if sample.problem:
            self.player.show_clip((), "This clip cannot be read")
        else:
            self.load.emit(sample)

    def _show_state(self) -> None:
        sample = self.table.current
        _show(self.state, "" if sample is None else self.table.clips.about(sample))

    def _show_buttons(self) -> None:
        chosen, trash = len(self.table.chosen), self.in_trash
        self.throw.setText("Put back" if trash else "Delete")
        self.throw.setEnabled(chosen > 0)
        self.rename.setEnabled(chosen > 0 and not trash)
        part = (self.start.value(), self.end.value())
        whole = part == (0.0, self.end.maximum()) or part[0] >= part[1]
        playing = chosen == 1 and not trash and self.player.seconds > 0
        self.cut.setEnabled(playing and not whole)
        for box in (self.start, self.end):
            box.setEnabled(playing)

    def _throw(self) -> None:
        paths = [each.path for each in self.table.chosen]
        if paths:
            (self.restore if self.in_trash else self.delete).emit(paths)

    def _rename(self) -> None:
        paths = [each.path for each in self.table.chosen]
        names = [each.label for each in self.listing.labels]
        current = self.table.current
        now = names.index(current.label) if current is not None and current.label in names else 0
        words = f"{teach_words.clips(len(paths))} shall mean"
        box = QInputDialog(self)
        box.setWindowTitle("Other label")
        box.setLabelText(words)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setComboBoxItems(names)
        box.setComboBoxEditable(True)
        box.setTextValue(names[now])
        box.textValueSelected.connect(lambda label: self.relabel.emit(paths, label.strip()))
        box.open()

    def _part_changed(self) -> None:
        if self.end.value() > self.start.value():
            self.player.show_part(self.start.value(), self.end.value())
        self._show_buttons()

    def _cut(self) -> None:
        current = self.table.current
        if current is not None:
            self.trim.emit(Trim(current.path, self.start.value(), self.end.value()))

    def _empty(self) -> None:
        words = f"Remove {teach_words.clips(len(self.trashed))} in the trash for good?"
        ask(self, "Empty the trash", words, "Empty it", self.empty.emit)

    def _delete_all(self) -> None:
        words = DELETE_ALL.format(
            clips=teach_words.clips(len(self.listing.samples)), trashed=teach_words.clips(len(self.trashed))
        )
        ask(self, "Delete everything", words, "Delete everything", self.delete_all.emit)

    def select(self, path: Path) -> None:
        """Choose a clip in the list."""
        for row, sample in enumerate(self.table.clips.samples):
            if sample.path == path:
                self.table.selectRow(row)
                self.table.scrollTo(self.table.currentIndex(), QAbstractItemView.ScrollHint.EnsureVisible)


def _button(text: str, about: str) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(True)
    button.setToolTip(about)
    button.setAccessibleDescription(about)
    return button


def _short_line() -> QLabel:
    """Return a line that is cut rather than broken: the list has the room."""
    label = muted()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _show(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setToolTip(text)


def _seconds(name: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox(decimals=2, singleStep=0.1)
    box.setSuffix(" s")
    box.setAccessibleName(name)
    return box
