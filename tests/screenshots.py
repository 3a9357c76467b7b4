"""Take pictures of the real window: `make screenshots`.

Examples of every family are opened, run with the real engine and painted offscreen in every
workspace, at three sizes, in both themes and both languages, into a folder outside the tree. Before
them the README's moving picture is taken: a model that learns in Watch. Nothing is staged: what is
seen is what the run showed.

`python -m tests.screenshots --film` takes only the moving picture; names of examples, only these;
`--sizes 1366x768`, only this size.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).parent.parent
FILM = ROOT / "docs" / "watch.gif"
FILMED, FILMED_STEPS = "vae-digits", 8000
EXAMPLES = (
    "vae-digits",
    "vae-mnist",
    "gan-ring",
    "gan-collapse",
    "langevin-mixture",
    "ddpm-moons",
    "realnvp-moons",
    "sinkhorn-2d",
    "morphing",
    "gpt-shakespeare",
    "unet-from-layers",
    "text-to-mnist",
    "spoken-digits-flow",
)
SIZES = ((1366, 768), (1920, 1080), (2560, 1440))
THEMES, LANGUAGES = ("dark", "light"), ("en", "fr")
PATIENCE = 600.0  # s of waiting for one thing, on a busy machine
TRAINED = 30.0  # s that an example trains once all that is watched has a picture
SETTLED = 1.5  # s until views and layout are as they stay
FRAMES, GROWTH, FRAME_TIME, LAST_TIME = 26, 1.4, 260, 3000  # of the film: ms
FILM_SIZE, FILM_COLOURS, FILM_MOST = (960, 540), 256, 1_500_000  # px, of the palette, bytes
SWATCH = 32  # px of each colour of a class in the picture that the palette is made of,
SHARES = (1.0, 0.7, 0.45, 0.25)  # in these shares on the ground


def main() -> int:
    given = _parse()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if given.language:
        with tempfile.TemporaryDirectory() as home:
            os.environ["GENWORKBENCH_HOME"] = home
            return _one(given)
    if not given.names or given.film:
        _part("--film", "--language", "en", FILMED)
    for name in () if given.film else given.names or EXAMPLES:
        for language in LANGUAGES:
            _part(name, "--out", str(given.out), "--language", language, "--sizes", *given.sizes)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", help="examples, else some of every family")
    folder = Path(tempfile.gettempdir()) / "genworkbench-screenshots"
    parser.add_argument("--out", type=Path, default=folder, help="folder for the pictures")
    parser.add_argument("--sizes", nargs="*", default=[f"{x}x{y}" for x, y in SIZES], help="WxH")
    parser.add_argument("--film", action="store_true", help="only the moving picture")
    parser.add_argument("--language", default="", help=argparse.SUPPRESS)  # one process, one run
    return parser.parse_args()


def _part(*words: str) -> None:
    """Take a part in a process of its own: the language of a window is chosen once."""
    subprocess.run([sys.executable, "-m", "tests.screenshots", *words], check=True, cwd=ROOT)


def _one(given: argparse.Namespace) -> int:
    from workbench.bench.settings import UserSettings
    from workbench.look.theme import appearance
    from workbench.shell.exceptions import Application
    from workbench.shell.window import Window
    from workbench.words import language

    app = Application([])
    app.exceptions.install()
    language.use(given.language)
    appearance.choice = "dark"
    appearance.start(app)
    window = Window(UserSettings(theme="dark", language=given.language))
    for name in given.names:
        window.files.open(name)
        window.resize(*SIZES[0])
        window.show()
        _wait(app, lambda: window.bench.live.checked is not None)
        if given.film:
            _film(app, window)
        else:
            _take(app, window, name, given)
    assert not app.exceptions.faults, app.exceptions.faults
    window.close()
    _wait(app, lambda: window.shutdown.finished)
    return 0


def _take(app: Any, window: Any, name: str, given: argparse.Namespace) -> None:
    """Take an example in every workspace, size and theme."""
    from workbench.bench.views import watch_rows
    from workbench.shell.workspaces import ORDER

    given.out.mkdir(parents=True, exist_ok=True)
    live = window.bench.live
    ended = lambda: live.status.status in ("done", "failed")  # noqa: E731
    window.bench.run()
    views = {
        node
        for row in watch_rows(window.bench.document.graph, window.bench.catalogue)
        for node in row
    }
    _wait(app, lambda: views <= live.figures.keys() or ended())
    late = _later(TRAINED)
    _wait(app, lambda: ended() or late())
    window.bench.stop()
    _wait(app, lambda: not live.busy)
    for workspace in ORDER:
        window.workspaces.use(workspace)
        for size in given.sizes:
            window.resize(*map(int, size.split("x")))
            _wait(app, _later(SETTLED))
            window.canvas.navigation.open()
            for theme in THEMES:
                window.preferences.use_theme(theme)
                _wait(app, _later(SETTLED))
                file = f"{name}-{workspace}-{size}-{theme}-{given.language}.png"
                window.grab().save(str(given.out / file))
                print(given.out / file, flush=True)


def _film(app: Any, window: Any) -> None:
    """Film a run in Watch: frames come closer together where more happens, at the start."""
    live, frames = window.bench.live, []
    window.menus.trigger("view.watch")
    window.bench.run()
    _wait(app, lambda: bool(live.figures))
    wanted = 1.0
    while live.busy and len(frames) < FRAMES and _step(live) < FILMED_STEPS:
        _wait(app, lambda at=wanted: _step(live) >= at or not live.busy)
        frames.append(_frame(window))
        wanted = max(wanted * GROWTH, _step(live) + 1)
    _save_film(frames)
    print(FILM, len(frames), FILM.stat().st_size)
    window.bench.stop()
    _wait(app, lambda: not live.busy)


def _step(live: Any) -> float:
    return float(live.last_progress.step) if live.last_progress else 0.0


def _frame(window: Any) -> Image.Image:
    from PySide6.QtGui import QImage

    grabbed = window.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    size = grabbed.width(), grabbed.height()
    image = Image.frombuffer("RGBA", size, bytes(grabbed.constBits()), "raw", "RGBA", 0, 1)
    return image.convert("RGB").resize(FILM_SIZE, Image.Resampling.LANCZOS)


def _save_film(frames: list[Image.Image]) -> None:
    from workbench.look.theme import theme

    seen = frames[-1].copy()
    for column, colour in enumerate(theme().classes):  # few dots are to keep their colours
        for row, share in enumerate(SHARES):
            mixed = _mixed(colour.getRgb(), theme().panel.getRgb(), share)
            seen.paste(mixed, _box(column, row))
    palette = seen.quantize(FILM_COLOURS)
    small = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [FRAME_TIME] * (len(small) - 1) + [LAST_TIME]
    FILM.parent.mkdir(exist_ok=True)
    small[0].save(FILM, save_all=True, append_images=small[1:], duration=times, loop=0)
    assert FILM.stat().st_size < FILM_MOST, FILM.stat().st_size


def _mixed(colour: Sequence[int], ground: Sequence[int], share: float) -> tuple[int, ...]:
    pairs = zip(colour[:3], ground[:3], strict=True)
    return tuple(round(share * one + (1 - share) * below) for one, below in pairs)


def _box(column: int, row: int) -> tuple[int, int, int, int]:
    left, top = column * SWATCH, row * SWATCH
    return left, top, left + SWATCH, top + SWATCH


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
