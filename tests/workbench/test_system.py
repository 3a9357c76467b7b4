"""What is said where no window can open."""

import sys

import pytest

from workbench.shell import system

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lacks displays so")


def test_a_missing_display_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(system, "missing_libraries", dict)
    assert "no display" in system.obstacle()
    monkeypatch.setenv("DISPLAY", ":0")
    assert not system.obstacle()


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_loads", lambda library: library != "libEGL.so.1")
    assert "apt install libegl1" in system.obstacle()


def test_every_line_names_a_package() -> None:
    assert len(system.packages()) > 15
