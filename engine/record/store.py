"""Write `history.sqlite`: tables that stay bounded however long a run is.

Write-ahead log, one writer, any number of readers: committed data survive the death of the process
at any moment. `engine.record.record` decides when to write.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.document.history import packed
from engine.document.messages import Figure

MOST_FIGURES = 300  # kept of each view
MOST_POINTS = 10_000  # kept of each curve

_TABLES = """
CREATE TABLE IF NOT EXISTS scalars (name TEXT, step INTEGER, value REAL);
CREATE TABLE IF NOT EXISTS figures (node TEXT, step INTEGER, body BLOB, PRIMARY KEY (node, step));
CREATE TABLE IF NOT EXISTS metrics (node TEXT, step INTEGER, name TEXT, value REAL);
CREATE TABLE IF NOT EXISTS checkpoints (step INTEGER, path TEXT);
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT);
"""


@dataclass
class Thinning:
    """Keep every `stride`-th item; double the stride when more than `most` are kept."""

    most: int
    stride: int = 1
    seen: int = 0
    kept: list[int] = field(default_factory=list)  # steps

    def take(self, steps: list[int]) -> slice:
        """Count these items and return the slice of those to keep."""
        chosen = slice(-self.seen % self.stride, None, self.stride)
        self.seen += len(steps)
        self.kept += steps[chosen]
        return chosen

    def halve(self) -> list[int]:
        """Drop every second kept step while there are too many; return the dropped steps."""
        dropped: list[int] = []
        while len(self.kept) > self.most:
            dropped += self.kept[1::2]
            self.kept, self.stride = self.kept[::2], 2 * self.stride
        return dropped

    def go_on(self, kept: list[int], stride: int) -> None:
        """Continue from the kept steps and the stride, as if nothing had followed the last one."""
        self.kept, self.stride = kept, stride
        self.seen = (len(kept) - 1) * stride + 1 if kept else 0


class Damaged(sqlite3.DatabaseError):
    """The file is not a history or is corrupt."""


def is_damage(error: Exception) -> bool:
    """Return whether an error means a damaged file rather than a full or missing disk."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, Damaged) or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def set_aside(file: Path) -> Path:
    """Rename a damaged history with its log and return its new path."""
    number = 1
    while (aside := file.with_name(f"{file.name}.damaged-{number}")).exists():
        number += 1
    file.rename(aside)
    for end in ("-wal", "-shm"):
        log = file.with_name(file.name + end)
        if log.exists():
            log.rename(aside.with_name(aside.name + end))
    return aside


class Store:
    """The tables of one run. Raise `sqlite3.Error` where the disk is full or missing."""

    def __init__(self, file: Path) -> None:
        self.db = sqlite3.connect(file, isolation_level=None)
        try:
            self._open()
        except sqlite3.Error:
            self.db.close()
            raise
        self._points: dict[str, Thinning] = {}
        self._last: dict[str, tuple[int, float]] = {}
        self._figures: dict[str, Thinning] = {}
        self._provisional: dict[str, int] = {}

    def _open(self) -> None:
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(_TABLES)
        found = self.db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise Damaged(found)

    def abandon(self) -> None:
        """Close a damaged file."""
        with contextlib.suppress(sqlite3.Error):
            self.db.close()

    def begin(self) -> None:
        """Begin a transaction."""
        self.db.execute("BEGIN")

    def commit(self) -> None:
        """Commit the transaction."""
        self.db.execute("COMMIT")

    def add_points(self, name: str, steps: list[int], values: list[float]) -> None:
        """Add points to a curve, as far as its thinning keeps them."""
        if not steps:
            return
        thinning = self._points.setdefault(name, Thinning(MOST_POINTS))
        chosen = thinning.take(steps)
        points = zip(steps[chosen], values[chosen], strict=True)
        self._insert("scalars", [(name, step, value) for step, value in points])
        self._last[name] = (steps[-1], values[-1])
        self._forget("scalars", name, thinning)

    def add_figure(self, figure: Figure) -> None:
        """Store a figure: evenly spaced ones permanently, the latest until the next one arrives."""
        node, step = figure.node, figure.step
        thinning = self._figures.setdefault(node, Thinning(MOST_FIGURES))
        if node in self._provisional:
            self._delete("figures", node, [self._provisional.pop(node)])
        if step not in thinning.kept[-1:]:
            if not [step][thinning.take([step])]:
                self._provisional[node] = step
            self._forget("figures", node, thinning)
        self._insert("figures", [(node, step, packed(figure.figure))])

    def has_figure(self, node: str) -> bool:
        """Return whether a figure of this view has been stored."""
        return node in self._figures

    def add_metric(self, node: str, step: int, values: dict[str, float]) -> None:
        """Add a metric's values; they replace those measured before at the same step."""
        self.db.execute("DELETE FROM metrics WHERE node = ? AND step = ?", (node, step))
        self._insert("metrics", [(node, step, name, value) for name, value in values.items()])

    def set_checkpoints(self, steps: dict[int, str]) -> None:
        """Record the existing checkpoints: step -> path relative to the run folder."""
        self.begin()
        self.db.execute("DELETE FROM checkpoints")
        self._insert("checkpoints", list(steps.items()))
        self.commit()

    def close(self) -> None:
        """Add each curve's last point and merge the log into the file, unless it is being read."""
        with contextlib.suppress(sqlite3.Error):
            for name, (step, value) in self._last.items():
                if self._points[name].kept[-1] != step:
                    self._insert("scalars", [(name, step, value)])
            self.db.execute("PRAGMA journal_mode=DELETE")
        self.db.close()

    def _forget(self, table: str, name: str, thinning: Thinning) -> None:
        dropped = thinning.halve()
        if dropped:
            self._delete(table, name, dropped)
            self._insert("facts", [(f"{table}:{name}", str(thinning.stride))])

    def _delete(self, table: str, name: str, steps: list[int]) -> None:
        self.db.execute(
            f"DELETE FROM {table} WHERE {_KEYS[table]} = ?"
            " AND step IN (SELECT value FROM json_each(?))",
            (name, json.dumps(steps)),
        )

    def _insert(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        rows = list(rows)
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)

    def rewind(self, step: int) -> None:
        """Delete everything after a step and continue the thinning from there."""
        self.begin()
        for table in ("scalars", "figures", "metrics", "checkpoints"):
            self.db.execute(f"DELETE FROM {table} WHERE step > ?", (step,))
        self.commit()
        self._points = self._thinnings("scalars", MOST_POINTS)
        self._figures = self._thinnings("figures", MOST_FIGURES)

    def _thinnings(self, table: str, most: int) -> dict[str, Thinning]:
        strides = dict(self.db.execute("SELECT key, value FROM facts"))
        kept: dict[str, list[int]] = {}
        for name, step in self.db.execute(
            f"SELECT {_KEYS[table]}, step FROM {table} ORDER BY step"
        ):
            kept.setdefault(name, []).append(step)
        found = {name: Thinning(most) for name in kept}
        for name, thinning in found.items():
            thinning.go_on(kept[name], int(strides.get(f"{table}:{name}", 1)))
        return found


_KEYS = {"scalars": "name", "figures": "node"}
