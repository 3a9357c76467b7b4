"""Pills in little room: a name is whole, or not there."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QStyleOptionTab
from pytestqt.qtbot import QtBot

from workbench.widgets.pills import Pills

NAMES = ["Du bruit au chiffre", "Tirages", "Guidés", "Des données au bruit"]


@pytest.mark.parametrize("width", [120, 200, 260, 340, 900])
@pytest.mark.parametrize("chosen", range(4))
def test_a_name_is_whole_or_left_away(qtbot: QtBot, width: int, chosen: int) -> None:
    pills = Pills()
    qtbot.addWidget(pills)
    for name in NAMES:
        pills.addTab(name)
    pills.resize(width, 30)
    pills.setCurrentIndex(chosen)
    pills.show()
    option = QStyleOptionTab()
    shown = []
    for index, name in enumerate(NAMES):
        pills.initStyleOption(option, index)
        tab = pills.tabRect(index)
        assert option.text in ("", name)
        assert not option.text or (tab.left() >= 0 and tab.right() <= width)
        shown.append(option.text)
    assert width < 900 or shown == NAMES
