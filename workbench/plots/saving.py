"""The dialog in which a view's picture is chosen: its size, ground, type and format."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, QStandardPaths, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nodes.errors import Refusal
from workbench.look.eliding import elide
from workbench.plots import export
from workbench.plots.axes import number
from workbench.plots.export import chosen
from workbench.plots.film import DPI as FILM_DPI
from workbench.plots.film import SUFFIXES
from workbench.plots.paper import (
    COLOURS,
    COLUMN,
    COLUMNS,
    DPI,
    LEAST,
    MOST,
    SLIDE_DPI,
    TYPE,
    Colours,
    Ground,
    slide,
)
from workbench.plots.preview import Preview, Thumbnail
from workbench.plots.printing import WRITERS, image_of
from workbench.plots.words import tr
from workbench.widgets.base import Column, label, separator, upright_separator
from workbench.widgets.pills import Pills
from workbench.widgets.spins import NumberSpin

if TYPE_CHECKING:
    from workbench.plots.widget import Plot

SIZE, LEFT, NAME = QSize(1158, 636), 400, 118
GROUNDS: tuple[Ground, ...] = ("white", "transparent", "dark")
INKS: tuple[Colours, ...] = ("print", "screen", "grey")
SOON = 40  # ms between a change and the preview: a number is typed in several keys
TYPES = (4.0, 72.0)  # pt


class SavePicture(QDialog):
    """Choose how the picture of a plot, and of others of its document, is saved."""

    def __init__(self, plot: Plot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Save a picture"))
        self.plot = plot
        self.paper = chosen.paper
        self.own = False
        self.others: dict[QCheckBox, Plot] = {}
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self.draw)
        self.work: Generator[float] | None = None  # of writing a film
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._go_on)
        self._make_fields()
        self._lay_out()
        self._allow_films()
        room = parent.window().size() if parent else SIZE
        self.resize(SIZE.boundedTo(room - QSize(60, 60)))
        self.show_paper()
        self.draw()

    def _make_fields(self) -> None:
        self.sizes = _pills(
            tr("Size"), [tr("One column"), tr("Two columns"), tr("Slide"), tr("Own")], self._size
        )
        self.width_field = _number(tr("Width"), LEAST, MOST, " mm", self._own_width)
        self.height_field = _number(tr("Height"), LEAST, MOST, " mm", self._own_height)
        self.pixels = label("", "hint")
        grounds = [tr("White"), tr("Transparent"), tr("Dark")]
        self.grounds = _pills(tr("Ground"), grounds, self._ground)
        colours = [tr("Print, light"), tr("Screen, dark"), tr("Grey")]
        self.colours = _pills(tr("Colours"), colours, lambda at: self.change(colours=INKS[at]))
        self.type_field = _number(tr("Type"), *TYPES, " pt", lambda pt: self.change(type=pt))
        words = {
            "axes": tr("Axes and units"),
            "names": tr("Names of classes and lines"),
            "title": tr("Title"),
            "caption": tr("Run, step and seed in small below"),
            "graph": tr("The graph inside the file, to open it again"),
        }
        self.parts = {name: self._part(name, text) for name, text in words.items()}
        names = [suffix[1:].upper() for suffix in FORMATS]
        self.formats = _pills(tr("As"), names, self._format)
        self.preview = Preview()
        self.above = label("", "faint")
        self.file = label("", "mono")
        self.progress = QProgressBar()
        self.progress.hide()
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        self.cancel_button.hide()
        self.copy_button = QPushButton(tr("Copy"))
        self.copy_button.clicked.connect(self.copy)
        self.save_button = QPushButton(tr("Save"))
        self.save_button.setProperty("primary", True)
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self.ask)

    def _part(self, name: str, text: str) -> QCheckBox:
        box = QCheckBox(text)
        box.toggled.connect(lambda on: self.change(**{name: on}))
        return box

    def _lay_out(self) -> None:
        left = Column(margin=22)
        left.setFixedWidth(LEFT)
        size = _row(self.width_field, label("×"), self.height_field)
        of_type = _row(self.type_field, label(tr("as in the paper, at its final size"), "faint"))
        for words, fields in (
            (tr("Size"), (self.sizes, size, self.pixels)),
            (tr("Ground"), (self.grounds,)),
            (tr("Colours"), (self.colours,)),
            (tr("Type"), (of_type,)),
            (tr("With"), tuple(self.parts.values())),
            (tr("As"), (self.formats,)),
        ):
            left.column.addWidget(label(words, "hint"))
            for field in fields:
                left.column.addWidget(field)
        left.column.addStretch()
        right = QVBoxLayout()
        right.setContentsMargins(22, 18, 22, 18)
        heading = _row(label(tr("As it will be"), "section"), self.above)
        right.addWidget(heading)
        middle = QHBoxLayout()
        middle.setSpacing(24)
        middle.addWidget(self.preview, 1)
        if list_ := self._others():
            middle.addWidget(list_)
        right.addLayout(middle, 1)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(left)
        body.addWidget(upright_separator())
        body.addLayout(right, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 14, 22, 14)
        foot.setSpacing(8)
        foot.addWidget(self.file, 1)
        foot.addWidget(self.progress, 1)
        for button in (self.cancel_button, self.copy_button):
            foot.addWidget(button)
        foot.addWidget(self.save_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(body, 1)
        whole.addWidget(separator())
        whole.addLayout(foot)

    def _others(self) -> QWidget | None:
        """Return the list of the document's other views that show something, if there are any."""
        plots = [p for p in self.plot.owner.plots() if p is self.plot or p.read() is not None]
        if plots in ([], [self.plot]):
            return None
        column = Column(margin=0)
        column.setFixedWidth(220)
        column.inside.setProperty("surface", "window")
        column.column.addWidget(label(tr("Also from this run"), "section"))
        for plot in plots:
            name = plot.accessibleName()
            box = QCheckBox(elide(name, QFontMetrics(self.font()), NAME))
            box.setToolTip(name)
            box.setAccessibleName(name)
            box.setChecked(plot is self.plot)
            box.setEnabled(plot is not self.plot)
            box.toggled.connect(lambda _: self.show_paper())
            self.others[box] = plot
            column.column.addWidget(_row(Thumbnail(plot), box))
        words = tr("Chosen ones are saved together, each in its own file, with the same type size.")
        column.column.addWidget(label(words, "faint", wrap=True))
        column.column.addStretch()
        return column

    def _allow_films(self) -> None:
        """A film needs a run that has recorded the view."""
        there = self.plot.owner.record(self.plot) is not None
        for suffix in SUFFIXES:
            at = FORMATS.index(suffix)
            self.formats.setTabEnabled(at, there)
            self.formats.setTabToolTip(
                at, "" if there else tr("Nothing of this view was recorded.")
            )
        if chosen.format in SUFFIXES and not there:
            chosen.format = FORMATS[0]

    @property
    def plots(self) -> list[Plot]:
        """The plots that are saved, this one first."""
        also = [plot for box, plot in self.others.items() if box.isChecked()]
        return [self.plot, *(plot for plot in also if plot is not self.plot)]

    def change(self, **changes: Any) -> None:
        """Change the paper, and show it soon."""
        self.paper = replace(self.paper, **changes)
        self.show_paper()
        self._soon.start()

    def _size(self, at: int) -> None:
        self.own = at == 3
        if at == 2:
            self.paper = slide(self.paper)
            self.change()
        elif at == 3:
            _, height = self.page.millimetres
            self.change(height=height)
        else:
            kind = TYPE if self.paper.dpi == SLIDE_DPI else self.paper.type
            self.change(width=(COLUMN, COLUMNS)[at], height=0.0, dpi=DPI, type=kind)

    def _own_width(self, mm: float) -> None:
        self.own = True
        self.change(width=mm, height=self.page.millimetres[1])

    def _own_height(self, mm: float) -> None:
        self.own = True
        self.change(height=mm)

    def _ground(self, at: int) -> None:
        ground = GROUNDS[at]
        self.change(ground=ground, colours=COLOURS[ground])

    def _format(self, at: int) -> None:
        chosen.format = FORMATS[at]
        self.change()

    def show_paper(self) -> None:
        """Show what is chosen in the fields."""
        paper = self.paper
        _show(self.sizes, self._size_chosen())
        _show(self.grounds, GROUNDS.index(paper.ground))
        _show(self.colours, INKS.index(paper.colours))
        _show(self.formats, FORMATS.index(chosen.format))
        for field, value in ((self.width_field, paper.width), (self.type_field, paper.type)):
            _show_number(field, value)
        for name, box in self.parts.items():
            box.blockSignals(True)
            box.setChecked(getattr(paper, name))
            box.blockSignals(False)
        stems = [file_stem(plot) for plot in self.plots]
        self.file.setText(", ".join(stem + chosen.format for stem in stems))

    def _size_chosen(self) -> int:
        if self.own:
            return 3
        sizes = {(COLUMN, 0.0): 0, (COLUMNS, 0.0): 1}
        other = 2 if self.paper.dpi == SLIDE_DPI else 3
        return sizes.get((self.paper.width, self.paper.height), other)

    def draw(self) -> None:
        """Lay the picture on paper and show it as it will be."""
        self._soon.stop()
        chosen.paper = self.paper
        self.page = export.page_of(self.plot, self.paper)
        there = self.plot.read() is not None
        _show_number(self.height_field, self.page.millimetres[1])
        dpi = min(self.paper.dpi, FILM_DPI) if chosen.format in SUFFIXES else self.paper.dpi
        wide, high = (number(side) for side in self.page.dots(dpi))
        self.pixels.setText(tr("{0} dpi, {1} × {2} px").format(number(dpi), wide, high))
        for button in (self.save_button, self.copy_button):
            button.setEnabled(there)
        self.preview.show_page(self.page)
        share = number(round(100 * self.preview.share(self.page)))
        self.above.setText(tr("at {0} % of its size; nothing but the picture").format(share))

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        self.draw()
        QGuiApplication.clipboard().setImage(image_of(self.page, export.TWICE))

    def ask(self) -> None:
        """Ask for a file, or for a folder if there are several, and save."""
        self.draw()
        several = len(self.plots) > 1
        dialog = QFileDialog(self, tr("Save a picture"))
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog.setDirectory(folder)
        if several:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        else:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setNameFilter(f"{chosen.format[1:].upper()} (*{chosen.format})")
            dialog.setDefaultSuffix(chosen.format[1:])
            dialog.selectFile(file_stem(self.plot) + chosen.format)
        dialog.fileSelected.connect(lambda path: self.save(paths_of(self.plots, Path(path))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, paths: Sequence[Path]) -> None:
        """Save each plot into its file, and close; or say why that failed."""
        self.work = self._saving(paths)
        self._show_work()
        if chosen.format in SUFFIXES:
            self._turn.start()
        while self.work is not None and not self._turn.isActive():
            self._go_on()

    def _saving(self, paths: Sequence[Path]) -> Generator[float]:
        for at, (plot, path) in enumerate(zip(self.plots, paths, strict=True)):
            for share in export.writing(plot, path, self.paper):
                yield (at + share) / len(paths)

    def _go_on(self) -> None:
        """Do a little of the work, so that the window stays alive."""
        if self.work is None:
            return
        try:
            share = next(self.work, None)
        except Refusal as fault:
            self._end_work()
            box = QMessageBox(self)
            box.setText(str(fault))
            box.finished.connect(box.deleteLater)
            box.open()
        else:
            self.progress.setValue(round(100 * (share or 0.0)))
            if share is None:
                self._end_work()
                self.accept()

    def _end_work(self) -> None:
        self._turn.stop()
        self.work = None
        self._show_work()

    def _show_work(self) -> None:
        there = self.work is not None
        self.progress.setValue(0)
        while_saving = (self.progress, self.cancel_button)
        for widget in (*while_saving, self.file, self.copy_button, self.save_button):
            widget.setVisible(there == (widget in while_saving))

    def reject(self) -> None:
        """Cancel the film that is being written, or close."""
        if self.work is None:
            super().reject()
            return
        self.work.close()
        self._end_work()


def file_stem(plot: Plot) -> str:
    """Return the name of a plot's file: its document, its view and its run, with hyphens."""
    words = "-".join([plot.owner.document(), plot.accessibleName(), plot.owner.run_name()])
    kept = "".join(letter if letter.isalnum() or letter == "_" else "-" for letter in words)
    return "-".join(part for part in kept.split("-") if part).lower()[:80] or "view"


def paths_of(plots: Sequence[Plot], path: Path) -> list[Path]:
    """Return each plot's file: the one chosen, or one for each in the folder chosen."""
    if len(plots) == 1:
        return [path]
    stems: list[str] = []
    for plot in plots:
        stem = file_stem(plot)
        stems.append(stem if stem not in stems else f"{stem}-{len(stems) + 1}")
    return [path / f"{stem}{chosen.format}" for stem in stems]


def _pills(name: str, texts: Sequence[str], chosen: Callable[[int], None]) -> Pills:
    pills = Pills()
    pills.setAccessibleName(name)
    for text in texts:
        pills.addTab(text)
    pills.currentChanged.connect(chosen)
    return pills


def _number(
    name: str, low: float, high: float, unit: str, changed: Callable[[float], None]
) -> NumberSpin:
    field = NumberSpin()
    field.setRange(low, high)
    field.setDecimals(1)
    field.setSuffix(unit)
    field.setAccessibleName(name)
    field.setKeyboardTracking(False)
    field.valueChanged.connect(changed)
    return field


def _show(pills: Pills, at: int) -> None:
    pills.blockSignals(True)
    pills.setCurrentIndex(at)
    pills.blockSignals(False)


def _show_number(field: NumberSpin, value: float) -> None:
    field.blockSignals(True)
    field.setValue(value)
    field.blockSignals(False)


def _row(*parts: QWidget) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part)
    row.addStretch()
    return made


FORMATS = (*WRITERS, *SUFFIXES)
