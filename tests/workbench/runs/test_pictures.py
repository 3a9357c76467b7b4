"""Pictures of runs follow the document in front, also from one that was closed."""

from __future__ import annotations

from pytestqt.qtbot import QtBot
from shiboken6 import delete

from workbench.bench.live import Live
from workbench.runs.pictures import Pictures


def test_a_closed_document_is_let_go(qtbot: QtBot) -> None:
    pictures, live = Pictures(), Live()
    pictures.show_live(live, ["samples"])
    delete(live)
    pictures.show_live(None, [])
    assert pictures.live is None and pictures.nodes == []
