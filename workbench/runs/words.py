"""States and times of runs in the user's language."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime

from engine.document.messages import RunInfo

STATES = {
    "starting": "running",
    "running": "running",
    "paused": "paused",
    "done": "",
    "stopped": "stopped",
    "failed": "failed",
    "damaged": "damaged",
}
UNKNOWN = "cut off"


def tr(text: str) -> str:
    return QCoreApplication.translate("runs", text)


def state_words(run: RunInfo) -> str:
    """Return a run's state, "" where it is done."""
    state = STATES.get(run.status, UNKNOWN)
    return tr(state) if state else ""


def when(started: str, *, long: bool = False) -> str:
    """Return `Today 05:53`, `Yesterday 05:53` or the date with the time; "" for no time."""
    try:
        at = datetime.fromisoformat(started).astimezone()
    except ValueError:
        return ""
    day, locale = QDate(at.year, at.month, at.day), QLocale()
    clock = locale.toString(QTime(at.hour, at.minute), "HH:mm")
    past = day.daysTo(QDate.currentDate())
    if past in (0, 1) and not long:
        return f"{tr('Yesterday') if past else tr('Today')} {clock}"
    if long:
        return f"{locale.toString(day, QLocale.FormatType.LongFormat)} {clock}"
    year = "" if day.year() == QDate.currentDate().year() else " yyyy"
    return f"{locale.toString(day, f'd MMM{year}')} {clock}"
