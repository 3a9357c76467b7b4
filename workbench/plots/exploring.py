"""Lay over a plot, while its view has a window of its own, the explorer of its kind of figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from workbench.plots.widget import Plot

if TYPE_CHECKING:
    from workbench.plots.explorer import Explorer

EXPLORED = ("curve", "density", "images")
"""The kinds for which pyqtgraph is loaded, which takes 0.2 s."""


class Exploring(QObject):
    """Shows what the plot shows, whenever that changes."""

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self.plot = plot
        self.explorer: Explorer | None = None
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.show)
        plot.changed.connect(self._soon.start)
        plot.installEventFilter(self)
        self._soon.start()

    def end(self) -> None:
        """Leave the plot to its own painters."""
        self.plot.changed.disconnect(self._soon.start)
        self.plot.removeEventFilter(self)
        self._lay(None)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            if self.explorer is not None:
                self.explorer.setGeometry(self.plot.rect())
            self._soon.start()
        return False

    def show(self) -> None:
        """Draw the newest figure, if its kind is explored and it can be seen."""
        if not self.plot.isVisible():
            return
        shown = self.plot.read()
        if shown is None or shown.figure.kind not in EXPLORED:
            self._lay(None)
            return
        from workbench.plots.explorer import explorer_of

        kind = explorer_of(shown)
        if type(self.explorer) is not kind:
            self._lay(kind)
        if self.explorer is not None:
            self.explorer.show_picture(shown, self.plot.look())

    def _lay(self, kind: type[Explorer] | None) -> None:
        if self.explorer is not None:
            self.explorer.close()
            self.explorer.setParent(None)
            self.explorer.deleteLater()
        self.explorer = kind(self.plot) if kind is not None else None
        if self.explorer is not None:
            self.explorer.setGeometry(self.plot.rect())
            self.explorer.show()
