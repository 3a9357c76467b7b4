"""Ctrl+F finds what lies in groups, opens them, and goes on from there and back."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.document.graph import Graph, Group, Place
from tests.workbench.sample import CATALOGUE
from tests.workbench.test_groups import grouped
from workbench.search.in_graph import all_hits
from workbench.shell.window import Window

SHIFT = Qt.KeyboardModifier.ShiftModifier


def nested() -> Graph:
    """Return a document with two instances of a group that holds another."""
    graph = Graph(nodes={n: Place(kind="group:outer") for n in ("a", "b")})
    graph.groups["outer"] = Group(nodes={"in_it": Place(kind="group:inner")})
    graph.groups["inner"] = Group(nodes={"deep": Place(kind="Encoder", params={"hidden": 96})})
    return graph


def test_a_group_is_searched_once_at_any_depth_and_as_what_it_is_here() -> None:
    for here, way in (((), ("a", "in_it")), (("b", "in_it"), ("b", "in_it"))):
        for pattern in ("deep", "encoder", "hidden > 90"):
            (hit,) = all_hits(pattern, nested(), CATALOGUE, here)
            assert (hit.thing, hit.way) == ("deep", way)


def test_keys_lead_into_groups_and_out_again(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("edit.find")
    bar: Any = page.canvas.overlays.find
    QTest.keyClicks(bar.field, "coder")
    found = [(hit.way, hit.thing) for hit in bar.hits]
    assert ((instance,), "encoder") in found and ((), "decoder") in found
    assert page.way == () and page.canvas.selection.ids == ["decoder"]
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert page.way == (instance,) and page.canvas.selection.ids == ["encoder"]
    inner: Any = page.canvas.overlays.find
    assert inner.isVisible() and inner.field.text() == "coder" and bar.isHidden()
    assert inner.count.text().startswith("2 ")
    QTest.keyClick(inner.field, Qt.Key.Key_Return, SHIFT)
    assert page.way == () and page.canvas.selection.ids == ["decoder"]


def test_what_lies_only_in_a_group_is_counted_until_enter(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    page.canvas.stage.select([])
    window.menus.trigger("edit.find")
    bar: Any = page.canvas.overlays.find
    QTest.keyClicks(bar.field, "reparam")
    assert page.way == () and bar.count.text() == "1 in groups"
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert page.way == (instance,) and page.canvas.selection.ids == ["reparameterize"]
