"""A bench with the design's VAE, checked, its engine not started; and panels shown on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QLocale

from tests.workbench import design
from workbench.bench.bench import Bench
from workbench.bench.document import Document
from workbench.look.theme import appearance


@pytest.fixture(autouse=True)
def english():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def bench(qapp, tmp_path, monkeypatch) -> Bench:
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))  # without the user's own kinds
    appearance.start(qapp)
    bench = Bench(Document(design.vae(), name="vae-mnist"), design.catalogue())
    bench.live.receive(design.checked(bench.live.seq))
    return bench


@pytest.fixture
def show(qtbot, bench) -> Callable[..., Any]:
    """Show a panel on the bench, by default as narrow as it gets, and bring it up to date."""

    def shown(panel: Any, *, width: int = 280, on: Any = None) -> Any:
        qtbot.addWidget(panel)
        panel.show_bench(on or bench)
        panel.resize(width, 640)
        with qtbot.waitExposed(panel):
            panel.show()
        panel.redraw_now()
        return panel

    return shown
