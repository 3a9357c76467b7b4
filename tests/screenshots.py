"""Take the README's picture from the real window: `make screenshots`.

The window opens on the first example, trains it with the real engine, and is painted offscreen.
Nothing is staged: what is seen is what the run showed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "screenshot.png"
EXAMPLE = "vae-digits"
SIZE = (1600, 1000)
PATIENCE = 600.0  # s: the whole run, on a busy machine


def main() -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ["GENWORKBENCH_HOME"] = home
        return _take(sys.argv[1:2] or ["dark"])


def _take(themes: list[str]) -> int:
    from PySide6.QtWidgets import QApplication

    from workbench.bench.settings import UserSettings
    from workbench.look.theme import appearance
    from workbench.shell.window import Window

    app = QApplication([])
    appearance.choice = themes[0]  # type: ignore[assignment]
    appearance.start(app)
    window = Window(UserSettings(theme=themes[0]))  # type: ignore[arg-type]
    window.files.open(EXAMPLE)
    window.resize(*SIZE)
    window.show()
    live = window.bench.live
    _wait(app, lambda: live.checked is not None)
    window.menus.trigger("view.watch")
    window.bench.run()
    _wait(app, lambda: live.status.status in ("done", "failed"))
    _wait(app, _later(4.0))
    PICTURE.parent.mkdir(exist_ok=True)
    window.grab().save(str(PICTURE))
    print(PICTURE)
    _leave(app, window)
    return 0


def _leave(app: Any, window: Any) -> None:
    window.close()
    _wait(app, lambda: window.shutdown.finished)


def _later(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _wait(app: Any, true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise SystemExit("The window did not come to what was waited for.")
        app.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
