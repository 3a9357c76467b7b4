"""`workbench [FILE]` opens the window; `python -m workbench render RUN` saves a run's pictures.

Qt is not imported at module level: a QApplication there would crash at exit.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.shell.system import obstacle

if TYPE_CHECKING:
    from workbench.shell.window import Window


def main(argv: list[str] | None = None) -> int:
    """Run the program; return its exit status."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["render"]:
        from workbench.shell.render import main as render

        return render(words[1:])
    given = _parse(words)
    sentence = obstacle()
    if sentence:
        print(sentence, file=sys.stderr)
        return 1
    return _show(given)


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="workbench",
        description="Build generative models by wiring nodes, and watch them learn.",
        epilog="workbench render RUN, or GRAPH, saves the pictures of a run, or of a graph.",
    )
    parser.add_argument("file", nargs="*", help="a .graph.json file, or the name of an example")
    parser.add_argument(
        "--plugins", type=Path, metavar="DIR", help="a folder with more node files of your own"
    )
    parser.add_argument("--report-startup", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def _show(given: argparse.Namespace) -> int:
    import gc
    import signal

    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication

    from workbench.bench import settings
    from workbench.look.theme import appearance
    from workbench.shell import window
    from workbench.shell.exceptions import Application
    from workbench.shell.preferences import use_look
    from workbench.words import language

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the journal keeps unsaved work
    policy = Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(policy)
    app = Application(sys.argv[:1])
    app.exceptions.file = settings.log_file()
    app.exceptions.install()
    app.slow.file = settings.log_file().with_name("slow.log")
    app.setApplicationName(settings.APP)
    app.setApplicationDisplayName("Generative Workbench")
    app.setDesktopFileName(settings.APP)
    app.setQuitOnLastWindowClosed(False)  # the window hides first, while its engines stop
    gc.freeze()  # what is imported stays: a collection that walks it takes longer than a frame
    choices = settings.load()
    language.use(choices.language)
    appearance.choice = choices.theme
    appearance.start(app)
    use_look(choices)
    main_window = window.Window(choices, plugins=_nodes_in(given.plugins))
    app.exceptions.notices = main_window.notices
    main_window.remade.connect(lambda: setattr(app.exceptions, "notices", main_window.notices))
    for file in given.file:
        main_window.files.open(file)
    if not main_window.tabs.pages:
        main_window.files.new()
    reporter = _Reporter(main_window) if given.report_startup else None
    main_window.appear()
    status = app.exec()
    del reporter
    return status


def _nodes_in(folder: Path | None) -> Path | None:
    """Return a folder of node files as an absolute path; exit with a sentence if it is none."""
    if folder is None or folder.is_dir():
        return folder and folder.absolute()
    print(f"error: {folder} is not a folder.", file=sys.stderr)
    raise SystemExit(2)


class _Reporter:
    """Reports the cost of the window's first paint, then closes it."""

    def __init__(self, window: Window) -> None:
        from PySide6.QtCore import QEvent, QObject, QTimer

        class Filter(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                if watched is window and event.type() == QEvent.Type.Paint:
                    window.removeEventFilter(self)
                    QTimer.singleShot(0, self.report)
                return False

            def report(self) -> None:
                loaded = [name for name in ("torch", "pyqtgraph") if name in sys.modules]
                print(f"startup {time.process_time():.3f} s", *loaded, flush=True)
                window.close()

        self.filter = Filter()
        window.installEventFilter(self.filter)


if __name__ == "__main__":
    sys.exit(main())
