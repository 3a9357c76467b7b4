"""The documents of those who work on the program: what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
INVENTED = re.compile(r"my_|poisson|NAME")
FILES = {
    found
    for text in (ARCHITECTURE, CONTRIBUTING)
    for found in re.findall(r"`((?:[\w.]+/)*\w+\.(?:py|md|json))`", text)
    if not INVENTED.search(found)
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_each_file_is_there(name: str) -> None:
    packages = ("engine", "workbench", "nodes", "tests", "resources", "docs", ".")
    assert any((ROOT / package).glob(f"**/{name}") for package in packages), name


@pytest.mark.parametrize("package", ["engine", "workbench"])
def test_every_room_is_on_the_plan(package: str) -> None:
    rooms = {f.parent.name for f in (ROOT / package).glob("*/__init__.py")}
    assert {room for room in rooms if f"`{room}/`" not in ARCHITECTURE} == set()
