"""What an empty view says: what will appear there, or why nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from engine.document.walks import upstream_ids
from workbench.bench.live import BUSY
from workbench.bench.permits import unpermitted_above
from workbench.bench.views import placeholder
from workbench.words.kinds import headed, title_of
from workbench.words.sentences import TranslatedProblem

if TYPE_CHECKING:
    from workbench.bench.bench import Bench


def tr(text: str) -> str:
    return QCoreApplication.translate("dock", text)


def held_above(bench: Bench, node: str) -> list[str]:
    """Return the nodes upstream of a view that may not read their files yet."""
    return unpermitted_above(bench.whole, bench.live.node_infos, [node])


def empty_words(bench: Bench, node: str) -> str:
    """Return the text of a view without a figure."""
    graph, live = bench.whole, bench.live
    if held := held_above(bench, node):
        names = ", ".join(title_of(graph, bench.catalogue, n) for n in held)
        return tr("{0} has not read its data yet.").format(names)
    if live.past is not None:
        return tr("Nothing of this view was recorded by this step.")
    running = live.status.status in BUSY
    if running and (fault := _fault(bench, node)):
        return headed(title_of(graph, bench.catalogue, fault.node), fault.sentence)
    return placeholder(graph, bench.catalogue, node, running=running)


def _fault(bench: Bench, node: str) -> TranslatedProblem | None:
    """Return the error of a view or of what it is made of, if there is one."""
    errors = [p for p in bench.live.problems if p.level == "error" and p.node]
    above = upstream_ids(bench.whole.wires, [node]) if errors else set()
    return next((p for p in errors if p.node in above), None)
