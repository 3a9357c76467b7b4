"""Export a plot: its picture on paper, and its data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from engine.document.messages import FigureData
from nodes.sentences import reason
from workbench.plots.audio import Audio
from workbench.plots.base import Faulty, Picture
from workbench.plots.film import SUFFIXES, film
from workbench.plots.paper import Page, Paper, Words, lay_out
from workbench.plots.printing import WRITERS, NotSaved, image_of
from workbench.plots.words import tr
from workbench.words.sentences import translate

if TYPE_CHECKING:
    from workbench.plots.widget import Plot


@dataclass
class Chosen:
    """What was chosen last, for the next picture and for copying. It ends with the program."""

    paper: Paper = Paper()  # noqa: RUF009
    format: str = ".pdf"


chosen = Chosen()
TWICE = 2.0  # px of a copied picture per px


def page_of(plot: Plot, paper: Paper | None = None) -> Page:
    """Lay a plot's picture on paper, as it is seen: its ranges, marks and rotation."""
    shown = plot.read() or Faulty(FigureData(kind=""), plot.placeholder)
    owner = plot.owner
    words = Words(
        title=plot.accessibleName(),
        caption=owner.caption(plot.step),
        graph=owner.graph(),
        about=plot.accessibleDescription(),
    )
    return lay_out(shown, paper or chosen.paper, plot.look(), words)


def writing(plot: Plot, path: Path, paper: Paper) -> Iterator[float]:
    """Save a plot's picture, or its film; yield the share done."""
    record = plot.owner.record(plot)
    if path.suffix in SUFFIXES and record is not None:
        look = plot.look(limits=plot.zoomed)
        yield from film(*record, path, paper, look, plot.owner.caption)
    else:
        write(plot, path, paper)


def write(plot: Plot, path: Path, paper: Paper | None = None) -> None:
    """Save a plot's picture in the format of the file's name."""
    if plot.read() is None:
        raise NotSaved(plot.placeholder or tr("This view shows nothing yet."))
    WRITERS[path.suffix](page_of(plot, paper), path)


def copy_image(plot: Plot) -> None:
    """Put the picture on the clipboard, as it would be saved, at twice its size."""
    QGuiApplication.clipboard().setImage(image_of(page_of(plot), TWICE))


def copy_csv(plot: Plot) -> None:
    """Copy the data to the clipboard, as text and as a table."""
    data = QMimeData()
    text = as_csv(plot.read())
    data.setText(text)
    data.setData("text/csv", text.encode())
    QGuiApplication.clipboard().setMimeData(data)


def save_csv(plot: Plot, path: Path) -> None:
    try:
        path.write_text(as_csv(plot.read()), "utf-8")
    except OSError as error:
        text = tr("The file {0} could not be written: {1}.")
        raise NotSaved(text.format(path, translate(reason(error)))) from error


def save_wav(plot: Plot, path: Path) -> None:
    """Save the clip under the pointer, or all with pauses between them."""
    picture = plot.read()
    try:
        if isinstance(picture, Audio):
            path.write_bytes(picture.wav(plot.pointed))
    except OSError as error:
        text = tr("The file {0} could not be written: {1}.")
        raise NotSaved(text.format(path, translate(reason(error)))) from error


def as_csv(picture: Picture | None) -> str:
    """Return a picture's data as CSV, in full precision, with decimal points."""
    if picture is None:
        return ""
    table = picture.rows()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return text.getvalue()
