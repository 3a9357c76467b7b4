"""Plots side by side that draw one plane: they show it in one range, and say so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QMetaObject, QObject
from shiboken6 import isValid

from workbench.plots.look import Limits
from workbench.plots.plane import Plane
from workbench.plots.widget import Plot

BOTH = ("x", "y")


class SharedAxes(QObject):
    """The range that some plots share: what their data need together, or what the user zooms to."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plots: list[Plot] = []
        self._joints: list[QMetaObject.Connection] = []
        self._zoomed: Limits = {}

    def show(self, plots: Sequence[Plot]) -> None:
        """Let these plots share their range, and those before no longer."""
        if self.plots == list(plots):
            return
        for joint in self._joints:
            QObject.disconnect(joint)
        before, self.plots = self.plots, list(plots)
        for plot in before:
            if isValid(plot) and plot not in self.plots:
                plot.share({})
        self._zoomed = _planar(plots[0].zoomed) if plots else {}
        self._joints = []
        for plot in plots:
            self._joints.append(plot.subtitle_changed.connect(self._settle))
            self._joints.append(plot.changed.connect(partial(self._follow, plot)))
        self._settle()

    def _follow(self, moved: Plot) -> None:
        """Let the others zoom with the one that the user zooms."""
        zoomed = _planar(moved.zoomed)
        if zoomed == self._zoomed or not moved.shared:
            return
        self._zoomed = zoomed
        for plot in self.plots:
            if plot is not moved and _planar(plot.zoomed) != zoomed:
                plot.hold(zoomed) if zoomed else plot.fit()

    def _settle(self, *_: str) -> None:
        """Give all the range that holds the data of each."""
        pictures = [plot.picture for plot in self.plots]
        alike = all(isinstance(one, Plane) and one.equal() for one in pictures)
        asked = [plot.limits for plot in self.plots] if alike and len(pictures) > 1 else []
        shared = {
            name: (min(one[name][0] for one in asked), max(one[name][1] for one in asked))
            for name in BOTH
            if asked
        }
        if shared and not any(isinstance(one, Plane) and one.tight for one in pictures):
            shared = _square(shared)
        for plot in self.plots:
            plot.share(shared)


def _square(limits: Limits) -> Limits:
    """Widen the narrower range about its middle: a picture takes the largest square that fits."""
    side = max(high - low for low, high in limits.values())
    middles = {name: (low + high) / 2 for name, (low, high) in limits.items()}
    return {name: (middle - side / 2, middle + side / 2) for name, middle in middles.items()}


def _planar(limits: Limits) -> Limits:
    return {name: span for name, span in limits.items() if name in BOTH}
