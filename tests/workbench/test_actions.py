"""The table of actions: no key twice, every icon and condition there."""

from __future__ import annotations

from collections import Counter

import resources
from workbench.actions import MENUS, TABLE
from workbench.shell.conditions import CONDITIONS


def test_ids_and_keys_are_unique() -> None:
    ids = Counter(action.id for action in TABLE)
    keys = Counter(key for action in TABLE for key in action.keys.split())
    assert [i for i, n in ids.items() if n > 1] == []
    assert [k for k, n in keys.items() if n > 1] == []


def test_every_key_is_one_qt_knows() -> None:
    for action in TABLE:
        for keys in action.shortcuts:
            assert keys.count() == 1, action.id
            assert keys[0].key().value not in (0, 0x1FFFFFF), (action.id, action.keys)


def test_icons_menus_and_conditions_are_there() -> None:
    for action in TABLE:
        assert action.menu in MENUS
        assert action.needs in CONDITIONS
        assert not action.icon or resources.path("icons", f"{action.icon}.svg").exists(), action.id


def test_the_keys_of_the_design_are_bound() -> None:
    wanted = (
        "Ctrl+K Tab Ctrl+Return Ctrl+Shift+Return F9 Ctrl+Z Ctrl+Shift+Z Alt+D Ctrl+D Ctrl+L Ctrl+J"
        " Ctrl+M Ctrl+B Ctrl+Shift+L F Home Shift+S PgUp PgDown Ctrl+PgUp Ctrl+PgDown End"
        " Ctrl+1 Ctrl+9 Ctrl+Shift+1 F8 F1 F6 Ctrl+Shift+I"
    )
    bound = {key for action in TABLE for key in action.keys.split()}
    assert set(wanted.split()) - bound == set()


def test_single_keys_count_on_the_canvas_alone() -> None:
    """A letter, Home or Del taken from the whole window would be taken from its lists."""
    for action in TABLE:
        for key in action.keys.split():
            plain = not key.startswith(("Ctrl", "Alt", "F", "Shift+F")) or key == "F"
            assert not plain or action.on_canvas, action.id
