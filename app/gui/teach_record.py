"""The first step of teaching: what is shown, how often and for how long, and what each clip is worth."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.gui import teach_words
from app.gui.inputs import CalmList
from app.gui.settings_page import show_line
from app.gui.texts import muted
from app.recording_plan import (
    BACKGROUND,
    CLIP_S,
    CLIPS,
    COUNTDOWN_S,
    GUIDE,
    LONGEST_CLIP_S,
    PAUSE_S,
    Phase,
    RecorderStatus,
    RecordingPlan,
)
from app.samples import Listing
from recognizers.errors import MudraError
from recognizers.modes import EMOTION, MODE_NAMES

COUNT = Qt.ItemDataRole.UserRole + 1
START, STOP = "Record (G)", "Stop (G)"
HOLD = "Hold to record (G)"
READ_S = 3.0
"""Between two clips of a guided recording: time to read what is asked for next."""


class RecordStep(QWidget):
    """Asks what to record, starts and stops it, and tells how it goes."""

    wanted = Signal(object)
    """A `RecordingPlan` that is to be recorded."""
    stopped = Signal()
    """The recording is to end."""
    undo = Signal()
    """The newest clip is to be taken back."""
    held = Signal(bool)
    """The button is pressed, or released, where clips last as long as that."""
    refused = Signal(object)
    """The `MudraError` that something in the form is wrong."""
    mode_chosen = Signal(str)
    """Another mode is to be taught."""
    signer_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.status = RecorderStatus()
        self._make_fields()
        self._make_buttons()
        form = QFormLayout()
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Teach a", self.mode)
        form.addRow("It means", self.label)
        form.addRow("Record", self._times())
        form.addRow("Shown by", self.signer)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addLayout(form)
        above: tuple[QWidget, ...] = (self.hold, self.pixels, self.about_pixels)
        for part in above:
            layout.addWidget(part)
        layout.addLayout(self._button_row())
        layout.addWidget(self.background)
        below: tuple[QWidget, ...] = (self.bar, self.line, self.verdict)
        for part in below:
            layout.addWidget(part)
        layout.addStretch()
        self._show_pixels()

    def _make_fields(self) -> None:
        self.mode = CalmList()
        self.mode.setAccessibleName("What you teach")
        for mode in ("gesture", "sign", "emotion"):
            self.mode.addItem(teach_words.KINDS[mode], mode)
        self.mode.activated.connect(lambda _index: self._mode_activated())
        self.label = QComboBox(editable=True)
        self.label.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.label.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.label.setAccessibleName("What it means")
        self.label.setItemDelegate(_WithCounts(self.label))
        self._edit().setPlaceholderText("a word, such as hello")
        self._edit().setAccessibleName("What it means")
        self._edit().returnPressed.connect(self.toggle)
        self.clips = QSpinBox(minimum=1, maximum=500, value=CLIPS)
        self.clips.setAccessibleName("How many clips")
        self.clips.setMinimumWidth(self.clips.fontMetrics().horizontalAdvance("000000"))
        self.seconds = QDoubleSpinBox(minimum=0.5, maximum=LONGEST_CLIP_S, value=CLIP_S, singleStep=0.5, decimals=1)
        self.seconds.setAccessibleName("Seconds each")
        self.seconds.setSuffix(" s")
        self.seconds.setMinimumWidth(self.seconds.fontMetrics().horizontalAdvance("00000.0 s"))
        self.signer = QLineEdit(placeholderText="your name, or nothing", maxLength=60)
        self.signer.setAccessibleName("Shown by")
        self.signer.returnPressed.connect(self.toggle)
        self.signer.editingFinished.connect(lambda: self.signer_changed.emit(self.signer.text().strip()))
        self.hold = QCheckBox("Each clip lasts as long as I hold the key")
        self.hold.toggled.connect(lambda _on: self._show_buttons())
        self.pixels = QCheckBox("Keep pictures, too")
        self.pixels.toggled.connect(lambda _on: self._show_pixels())
        self.about_pixels = muted(wrap=True)

    def _make_buttons(self) -> None:
        self.start = QPushButton(START)
        self.start.setAutoDefault(True)
        self.start.clicked.connect(self._clicked)
        self.start.pressed.connect(lambda: self._pressed(True))
        self.start.released.connect(lambda: self._pressed(False))
        self.take_back = QPushButton("Undo last (U)")
        self.take_back.setAutoDefault(True)
        self.take_back.setEnabled(False)
        self.take_back.setAccessibleDescription("Puts the newest clip into the trash")
        self.take_back.clicked.connect(lambda _checked=False: self.undo.emit())
        self.background = QPushButton("Record what is no sign, step by step")
        self.background.setAutoDefault(True)
        self.background.setAccessibleDescription("You are asked to do everyday things, so that they are not mistaken")
        self.background.clicked.connect(lambda _checked=False: self.record_background())
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName("Clips recorded")
        self.bar.hide()
        self.line = muted(wrap=True)
        self.line.setAccessibleName("Recording")
        self.verdict = muted(wrap=True)
        self.verdict.setAccessibleName("The newest clip")
        for each in (self.line, self.verdict):
            each.setTextFormat(Qt.TextFormat.PlainText)
            each.hide()

    def _times(self) -> QWidget:
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.clips)
        row.addWidget(muted("clips of"))
        row.addWidget(self.seconds)
        row.addStretch()
        return both

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self.start, 1)
        row.addWidget(self.take_back)
        return row

    def _edit(self) -> QLineEdit:
        edit = self.label.lineEdit()
        assert edit is not None
        return edit

    # What others tell.

    def show_mode(self, mode: str) -> None:
        """Show which mode is taught."""
        if mode in MODE_NAMES and self.mode.currentData() != mode:
            self.mode.show_data(mode)
            self._show_pixels()

    def show_listing(self, listing: Listing) -> None:
        """Offer the labels that there are, with how many clips they have."""
        typed = self._edit().text()
        self.label.blockSignals(True)
        self.label.clear()
        counts = {each.label: each.clips for each in listing.labels}
        counts.setdefault(BACKGROUND[self.mode.currentData()], 0)
        for label, count in counts.items():
            self.label.addItem(label)
            self.label.setItemData(self.label.count() - 1, count, COUNT)
        self.label.setCurrentIndex(-1)
        self._edit().setText(typed)
        self.label.blockSignals(False)

    def show_status(self, status: RecorderStatus) -> None:
        """Show how the recording is doing."""
        self.status = status
        self._show_buttons()
        self.bar.setVisible(status.phase.active and status.of is not None)
        self.bar.setRange(0, status.of or 1)
        self.bar.setValue(status.written)
        show_line(self.line, teach_words.progress_words(status), problem=status.phase is Phase.FAILED)
        odd = status.last is not None and not status.last.verdict.good
        show_line(self.verdict, teach_words.last_words(status), problem=odd or bool(status.note))

    # What the user does.

    def toggle(self) -> None:
        """Start a recording, or stop it."""
        if self.status.phase.active:
            self.stopped.emit()
        else:
            self._want(self._edit().text().strip())

    def press_key(self, pressed: bool) -> None:
        """The key of recording is pressed or released."""
        if self.status.phase.active and self.hold.isChecked():
            self.held.emit(pressed)
        elif pressed:
            self.toggle()

    def record_background(self) -> None:
        """Start a guided recording of what is no sign."""
        self._want(BACKGROUND[self.mode.currentData()], guided=True)

    def _want(self, label: str, *, guided: bool = False) -> None:
        self.signer_changed.emit(self.signer.text().strip())
        try:
            plan = RecordingPlan(
                label=label,
                mode=self.mode.currentData(),
                clips=len(GUIDE) if guided else self.clips.value(),
                seconds=max(3.0, self.seconds.value()) if guided else self.seconds.value(),
                countdown_s=COUNTDOWN_S,
                pause_s=READ_S if guided else PAUSE_S,
                signer=self.signer.text().strip() or None,
                keep_pixels=self.pixels.isChecked(),
                held=self.hold.isChecked() and not guided,
                hints=GUIDE if guided else (),
            )
        except MudraError as error:
            self.refused.emit(error)
            self._edit().setFocus()
            return
        self.wanted.emit(plan)

    def _clicked(self, _checked: bool = False) -> None:
        if not (self.status.phase.active and self.hold.isChecked()):
            self.toggle()

    def _pressed(self, pressed: bool) -> None:
        if self.status.phase.active and self.hold.isChecked():
            self.held.emit(pressed)

    def _mode_activated(self) -> None:
        self._show_pixels()
        self.mode_chosen.emit(self.mode.currentData())

    def _show_pixels(self) -> None:
        kept, faces = self.pixels.isChecked(), self.mode.currentData() == EMOTION.name
        text = teach_words.WITH_PICTURES if kept else teach_words.FACES_NEEDED if faces else teach_words.POINTS_ONLY
        self.about_pixels.setText(text)
        self.background.setVisible(not faces)  # a face always shows something
        self.pixels.setAccessibleDescription(text)

    def _show_buttons(self) -> None:
        active = self.status.phase.active
        words = START if not active else HOLD if self.hold.isChecked() else STOP
        self.start.setText(words)
        self.take_back.setEnabled(self.status.written > 0)
        for each in (self.mode, self.label, self.clips, self.signer, self.hold, self.pixels, self.background):
            each.setEnabled(not active)
        self.seconds.setEnabled(not active and not self.hold.isChecked())


class _WithCounts(QStyledItemDelegate):
    """Writes beside each label how many clips it has."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Add the number to the text."""
        super().initStyleOption(option, index)
        label, count = index.data(), index.data(COUNT)
        option.text = f"{teach_words.label_of(label)}   {teach_words.clips(count or 0)}"
