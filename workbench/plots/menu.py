"""The context menu of a plot: export, table, fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from workbench.look.theme import set_icon
from workbench.plots import export
from workbench.plots.audio import Audio
from workbench.plots.sheet import Sheet
from workbench.plots.words import tr

if TYPE_CHECKING:
    from workbench.plots.widget import Plot


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the menu; `group` puts a separator above it.

    It is disabled unless `needs` holds, and absent unless `only` holds.
    """

    title: str
    icon: str
    call: Callable[[Plot], None]
    group: bool = False
    needs: Callable[[Plot], bool] = lambda plot: True
    only: Callable[[Plot], bool] = lambda plot: True


@dataclass(frozen=True, slots=True)
class Saver:
    """A kind of file: its filter in the dialog, and its writer."""

    filter: str
    suffix: str
    write: Callable[[Plot, Path], None]


WAV = Saver("WAV (*.wav)", ".wav", export.save_wav)
CSV = Saver("CSV (*.csv)", ".csv", export.save_csv)


def ask_save(plot: Plot, saver: Saver) -> None:
    """Ask for a file and save."""
    dialog = QFileDialog(plot.window(), tr("Save the view"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(saver.filter)
    dialog.setDefaultSuffix(saver.suffix.removeprefix("."))
    pictures = QStandardPaths.StandardLocation.PicturesLocation
    dialog.setDirectory(QStandardPaths.writableLocation(pictures))
    dialog.selectFile(file_name(plot) + saver.suffix)
    dialog.fileSelected.connect(lambda path: save(plot, saver, Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def file_name(plot: Plot) -> str:
    """Return the name suggested for a file: that of the view and of its run."""
    names = (plot.accessibleName() or "view", plot.owner.run_name())
    return re.sub(r'[/\\:*?"<>|]', "-", " ".join(filter(None, names)))


def save(plot: Plot, saver: Saver, path: Path) -> None:
    """Save, or show why that failed."""
    try:
        saver.write(plot, path)
    except export.NotSaved as fault:
        box = QMessageBox(plot.window())
        box.setText(str(fault))
        box.finished.connect(box.deleteLater)
        box.open()


def show_table(plot: Plot) -> None:
    """Open the data as a table in its own window."""
    if picture := plot.read():
        Sheet(picture.rows(), plot.accessibleName(), plot).show()


def has_sound(plot: Plot) -> bool:
    """Return whether the picture is audio."""
    return isinstance(plot.read(), Audio)


def play(plot: Plot) -> None:
    """Play the clip under the pointer, or all; say so if nothing can play."""
    picture = plot.read()
    if isinstance(picture, Audio) and not picture.play(plot.pointed):
        box = QMessageBox(plot.window())
        box.setText(tr("There is no player of sounds here. Save the sound as a WAV file."))
        box.finished.connect(box.deleteLater)
        box.open()


def entries() -> list[Entry]:
    """Return the entries in the window's language."""
    return [
        Entry(tr("Play"), "play", play, only=has_sound),
        Entry(tr("Save as WAV…"), "download", lambda plot: ask_save(plot, WAV), only=has_sound),
        Entry(tr("Copy picture"), "copy", export.copy_image),
        Entry(tr("Save picture…"), "image", lambda plot: plot.owner.save_picture(plot)),
        Entry(tr("Copy data as CSV"), "table-2", export.copy_csv, group=True),
        Entry(tr("Save data as CSV…"), "download", lambda plot: ask_save(plot, CSV)),
        Entry(tr("Show as table"), "table", show_table),
        Entry(tr("Show all"), "maximize", lambda plot: plot.fit(), group=True),
        Entry(
            tr("Unmark all"), "x", lambda plot: plot.unmark(),
            needs=lambda plot: bool(plot.selection.ids),
        ),
    ]  # fmt: skip


def make_menu(plot: Plot) -> QMenu:
    menu = QMenu(plot)
    menu.aboutToHide.connect(menu.deleteLater)
    for entry in (entry for entry in entries() if entry.only(plot)):
        if entry.group:
            menu.addSeparator()
        action = menu.addAction(entry.title)
        set_icon(action, entry.icon)
        action.setEnabled(entry.needs(plot))
        action.triggered.connect(lambda _=False, call=entry.call: call(plot))
    return menu
