"""Every colour, size, font and icon of the window, for dark and light.

Painting code reads the current tokens, and repaints when they change:

    painter.setPen(theme().edge)
    appearance.changed.connect(self.update)

A token is a shared `QColor`: never modify one, use `faded(colour, 0.28)`. Widgets are styled by one
stylesheet, `resources/style/window.qss`, which names tokens instead of colours; its head lists the
dynamic properties it uses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, Literal

from PySide6.QtCore import QObject, QSize, Qt, QTemporaryDir, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QPalette,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton

import resources
from workbench.look.icons import ICON_STROKE, Drawn, drawn, svg

Choice = Literal["system", "dark", "light"]
Stroke = Literal["solid", "dashed", "double", "dotted"]

FAMILY, MONO = "Inter", "JetBrains Mono"
FOOT, HINT, BODY, TITLE, SHAPE = 11, 12, 13, 16, 10  # font sizes, px
REGULAR, MEDIUM, SEMIBOLD = 400, 500, 600
GAPS = (4, 8, 12, 16)
GRID, CANVAS_GRID, SNAP = 4, 24, 8
RADIUS_THUMBNAIL, RADIUS_CONTROL, RADIUS_OVERLAY, RADIUS_NODE, RADIUS_FRAME = 4, 6, 7, 8, 12
EDGE_WIDTH, FIT_WIDTH, WIRE_WIDTH = 1.0, 1.5, 2.0
MENU_HEIGHT, RUN_BAR_HEIGHT, TABS_HEIGHT = 34, 48, 36
VIEW_HEAD_HEIGHT, SLIDER_HEIGHT, STATUS_HEIGHT = 36, 44, 26
CONTROL_HEIGHT, TARGET = 30, 24  # a field or button; the least size of a click target
ICON, BESIDE_ICON, STATE_STROKE = 16, 4, 2.0
# Plots: dots and their opacity, curves and their raw values, gaps in grids, the colour bar.
DOT, DOT_SHARE, OUTLINE, PLOT_HIT = 3.4, 0.62, 4.0, 14.0
CURVE_WIDTH, RAW_SHARE = 2.0, 0.16
SAMPLE_GAP, BAR_WIDTH, VIEW_MARGIN = 3, 8, 14


@dataclass(frozen=True, slots=True)
class Wire:
    """How a family of types is drawn. A type may have its own glyph instead of `glyph`."""

    colour: QColor
    glyph: str
    stroke: Stroke = "solid"


@dataclass(frozen=True, slots=True)
class Motion:
    """Durations in ms, ease-out. All 0 if the user wants no motion."""

    hover: int = 80
    press: int = 120
    panel: int = 160
    fit: int = 200


@dataclass(frozen=True, slots=True)
class Theme:
    """The tokens: surfaces, texts and states, then colours of data."""

    name: Literal["dark", "light"]
    window: QColor
    canvas: QColor
    grid: QColor
    panel: QColor
    node: QColor
    header: QColor
    field: QColor
    hover: QColor
    line: QColor
    edge: QColor
    control: QColor
    text: QColor
    text2: QColor
    text3: QColor
    accent: QColor
    fill: QColor
    fill_hover: QColor
    on_fill: QColor
    selected: QColor
    ok: QColor
    warning: QColor
    warning_ground: QColor
    error: QColor
    error_ground: QColor
    note: QColor
    note_line: QColor
    note_text: QColor
    shadow: QColor
    wires: dict[str, Wire]
    classes: tuple[QColor, ...]
    motion: Motion = Motion()
    halo: float = 0.28
    wire_halo: float = 0.22
    text_scale: float = 1.0

    @property
    def dark(self) -> bool:
        return self.name == "dark"

    def colour(self, token: str | QColor) -> QColor:
        """Return the colour of a token's or a hue's name; a colour is returned unchanged."""
        if isinstance(token, QColor):
            return token
        found: QColor = self.hue(token) or getattr(self, token)
        return found

    def wire(self, family: str) -> Wire:
        """Return how a family is drawn; an unknown one as an object."""
        return self.wires.get(family, self.wires["object"])

    def hue(self, name: str) -> QColor | None:
        """Return the colour that a node or frame was given, None for one that is not known."""
        return self.classes[HUES.index(name)] if name in HUES else None

    def class_colour(self, label: int) -> QColor:
        """Return the colour of a class. They repeat after ten, so the shape must differ."""
        return self.classes[label % len(self.classes)]


HUES = ("blue", "amber", "green", "yellow", "pink", "coral", "violet", "lime")
"""The colours to give to nodes and frames: those of the first classes."""

# family: (glyph, stroke, dark, light)
_WIRES: dict[str, tuple[str, Stroke, str, str]] = {
    "images": ("square", "solid", "#56B4E9", "#0072B2"),
    "points": ("disc", "solid", "#35C79A", "#00805A"),
    "labels": ("tag", "solid", "#EAD65E", "#8A6D00"),
    "distribution": ("bell", "solid", "#E79AC9", "#B03A86"),
    "molecules": ("hexagon", "solid", "#A6D854", "#4F7A00"),
    "score": ("arrow", "solid", "#D3A878", "#86592A"),
    "loss": ("triangle", "dashed", "#FF7F50", "#C8430A"),
    "model": ("diamond", "double", "#BCC5D1", "#3D4653"),
    "object": ("ring", "dotted", "#8A94A1", "#6B7480"),
}

# token: (dark, light)
_TOKENS: dict[str, tuple[str, str]] = {
    "window": ("#16181C", "#F3F4F6"),
    "canvas": ("#0F1114", "#FAFAFB"),
    "grid": ("#23272E", "#DCDFE4"),
    "panel": ("#1A1D22", "#FFFFFF"),
    "node": ("#22262D", "#FFFFFF"),
    "header": ("#2A2F37", "#F1F3F6"),
    "field": ("#121418", "#FFFFFF"),
    "hover": ("#2B3038", "#ECEEF2"),
    "line": ("#2C323A", "#E0E3E8"),
    "edge": ("#454D59", "#C5CAD2"),
    "control": ("#6A7480", "#858D98"),
    "text": ("#E9ECF1", "#181B20"),
    "text2": ("#ADB6C2", "#4A525E"),
    "text3": ("#88929F", "#646D79"),
    "accent": ("#9D97FF", "#5146D6"),
    "fill": ("#6A5FEA", "#5A4FE0"),
    "fill_hover": ("#5D52DC", "#4A3FCC"),
    "on_fill": ("#FFFFFF", "#FFFFFF"),
    "selected": ("#2B2A4A", "#ECEBFD"),
    "ok": ("#45C486", "#1B7F4F"),
    "warning": ("#F0B94F", "#8F5F00"),
    "warning_ground": ("#352B18", "#FFF5DD"),
    "error": ("#FF7B72", "#C62F2B"),
    "error_ground": ("#3A2022", "#FDECEB"),
    "note": ("#2A2820", "#FFF9E3"),
    "note_line": ("#4A4530", "#EADFB4"),
    "note_text": ("#E3DCC4", "#4D4528"),
    "shadow": ("#000000", "#000000"),
}

_CLASSES = (
    "#56B4E9 #E69F00 #2FC08F #F0E442 #D98CC4 #FF7F50 #8FA3FF #B8E986 #C9A27A #D5DBE3",
    "#0072B2 #B87400 #00805A #8A7A00 #B03A86 #C8430A #4B5BD6 #4F7A00 #86592A #4A525E",
)


def _made(name: Literal["dark", "light"]) -> Theme:
    column = ("dark", "light").index(name)
    tokens: dict[str, Any] = {token: QColor(pair[column]) for token, pair in _TOKENS.items()}
    wires = {
        family: Wire(QColor((dark, light)[column]), glyph, stroke)
        for family, (glyph, stroke, dark, light) in _WIRES.items()
    }
    classes = tuple(QColor(colour) for colour in _CLASSES[column].split())
    return Theme(name=name, wires=wires, classes=classes, **tokens)


DARK, LIGHT = _made("dark"), _made("light")


class Appearance(QObject):
    """The current theme and the choices behind it. `changed` is emitted after restyling."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self.choice: Choice = "system"
        self.high_contrast = False
        self.reduced_motion = False
        self.text_scale = 1.0

    def start(self, app: QApplication) -> None:
        """Style the application, and follow the system's dark and light from now on."""
        load_fonts()
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self.refresh)
        self.refresh()

    def use(
        self,
        choice: Choice | None = None,
        *,
        high_contrast: bool | None = None,
        reduced_motion: bool | None = None,
        text_scale: float | None = None,
    ) -> None:
        """Change the given choices and restyle. `text_scale` is clipped to 1..2."""
        self.choice = choice or self.choice
        if high_contrast is not None:
            self.high_contrast = high_contrast
        if reduced_motion is not None:
            self.reduced_motion = reduced_motion
        if text_scale is not None:
            self.text_scale = min(max(text_scale, 1.0), 2.0)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Derive the theme from the choices; restyle if it changed."""
        theme = self._chosen()
        app = QApplication.instance()
        if isinstance(app, QApplication) and (theme != self.theme or not app.styleSheet()):
            self.theme = theme
            _restyle(app, theme)
            self.changed.emit()
        self.theme = theme

    def _chosen(self) -> Theme:
        light = self.choice == "light" or (self.choice == "system" and _system_is_light())
        theme = replace(LIGHT if light else DARK, text_scale=self.text_scale)
        if self.reduced_motion:
            theme = replace(theme, motion=Motion(0, 0, 0, 0))
        if self.high_contrast:
            theme = replace(theme, edge=theme.text2, line=theme.text2, halo=1.0, wire_halo=1.0)
        return theme


appearance = Appearance()


def theme() -> Theme:
    """Return the current tokens."""
    return appearance.theme


def faded(colour: QColor, share: float) -> QColor:
    """Return a copy of `colour` with opacity `share`."""
    copy = QColor(colour)
    copy.setAlphaF(share)
    return copy


def _system_is_light() -> bool:
    app = QGuiApplication.instance()
    if not isinstance(app, QGuiApplication):
        return False
    return app.styleHints().colorScheme() == Qt.ColorScheme.Light


@lru_cache(maxsize=1)
def load_fonts() -> tuple[str, ...]:
    """Register the shipped fonts, once; return the names of their families."""
    ids = [
        QFontDatabase.addApplicationFont(str(file))
        for file in sorted(resources.path("fonts").glob("*.[ot]tf"))
    ]
    return tuple({name for id in ids for name in QFontDatabase.applicationFontFamilies(id)})


def font(
    size: float = BODY, weight: int = REGULAR, mono: bool = False, scale: float | None = None
) -> QFont:
    """Return a font with tabular figures, scaled with the user's text. Shared: do not change it.

    With `scale` it does not follow the user's choice.
    """
    return _font(size * (theme().text_scale if scale is None else scale), weight, mono)


@lru_cache(maxsize=256)
def _font(pixels: float, weight: int, mono: bool) -> QFont:
    made = QFont(MONO if mono else FAMILY)
    made.setPixelSize(max(1, round(pixels)))
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if not mono and hasattr(made, "setFeature"):  # Qt 6.7
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def pixmap(
    name: str,
    colour: str | QColor = "text2",
    size: int = ICON,
    *,
    stroke: float = ICON_STROKE,
    ratio: float | None = None,
) -> QPixmap:
    """Return a Lucide icon in a colour, cached; an unknown name gives a box.

    `ratio` is device px per logical px: on the canvas, zoom times the screen's.
    """
    app = QGuiApplication.instance()
    if ratio is None:
        ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    return drawn(name, theme().colour(colour).rgba(), size, stroke, ratio)


def icon(name: str, colour: str | QColor = "text2", size: int = ICON) -> QIcon:
    """Return a cached icon for actions and buttons, sharp at any scale, faint when disabled.

    Its colour does not follow the theme; use `set_icon` for that.
    """
    disabled = faded(theme().text3, 0.6)
    return _icon(name, theme().colour(colour).rgba(), disabled.rgba())


@lru_cache(maxsize=1024)
def _icon(name: str, rgba: int, disabled: int) -> QIcon:
    return QIcon(Drawn(name, rgba, disabled))


def set_icon(
    target: QAction | QAbstractButton, name: str, colour: str = "text2", size: int = ICON
) -> None:
    """Give an action or a button an icon that follows the theme. `colour` is a token's name.

    Text of a button that is set before stands off the icon.
    """
    target.setProperty("lucide", [name, colour, str(size)])
    target.setIcon(icon(name, colour, size))
    if isinstance(target, QPushButton):
        target.setIconSize(QSize(size + BESIDE_ICON if target.text() else size, size))


def _restyle(app: QApplication, theme: Theme) -> None:
    app.setPalette(palette(theme))
    app.setFont(_font(BODY * theme.text_scale, REGULAR, False))
    app.setStyleSheet(stylesheet(theme))
    for window in app.topLevelWidgets():
        for target in (window, *window.findChildren(QObject)):
            described = target.property("lucide")
            if described and isinstance(target, (QAction, QAbstractButton)):
                name, colour, size = described
                set_icon(target, name, colour, int(size))


def palette(theme: Theme) -> QPalette:
    """Return Fusion's palette for a theme."""
    roles = QPalette.ColorRole
    made = QPalette()
    for role, token in {
        roles.Window: "window",
        roles.WindowText: "text",
        roles.Base: "field",
        roles.AlternateBase: "panel",
        roles.Text: "text",
        roles.PlaceholderText: "text3",
        roles.Button: "node",
        roles.ButtonText: "text",
        roles.BrightText: "error",
        roles.ToolTipBase: "header",
        roles.ToolTipText: "text",
        roles.Highlight: "fill",
        roles.HighlightedText: "on_fill",
        roles.Link: "accent",
        roles.LinkVisited: "accent",
        roles.Accent: "accent",
        roles.Light: "edge",
        roles.Midlight: "line",
        roles.Mid: "line",
        roles.Dark: "window",
        roles.Shadow: "canvas",
    }.items():
        made.setColor(role, theme.colour(token))
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, role, faded(theme.text3, 0.6))
    return made


_REFERENCE = re.compile(r"@\{([^}]+)\}")


def stylesheet(theme: Theme) -> str:
    """Return the window's stylesheet with a theme's tokens substituted."""
    words = {f.name: getattr(theme, f.name) for f in fields(theme)}
    values = {token: c.name() for token, c in words.items() if isinstance(c, QColor)}
    sizes = {"foot": FOOT, "hint": HINT, "body": BODY, "title": TITLE}
    values |= {name: f"{round(size * theme.text_scale)}px" for name, size in sizes.items()}
    values |= {"mono": f'"{MONO}"', "control_height": f"{CONTROL_HEIGHT - 2}px"}
    values |= {"radius": f"{RADIUS_CONTROL}px", "radius_overlay": f"{RADIUS_OVERLAY}px"}
    source = resources.path("style", "window.qss").read_text("utf-8")

    def value(found: re.Match[str]) -> str:
        token = found[1].split()
        return _icon_file(token[1], values[token[2]]) if token[0] == "icon" else values[found[1]]

    return _REFERENCE.sub(value, source)


@lru_cache(maxsize=1)
def _icon_folder() -> QTemporaryDir:
    return QTemporaryDir()  # deleted with the process


def _icon_file(name: str, colour: str) -> str:
    """Return the file of an icon in a colour, because stylesheets take images only from files."""
    path = _icon_folder().filePath(f"{name}-{colour[1:]}.svg")
    with open(path, "wb") as file:
        file.write(svg(name, colour, ICON_STROKE))
    return path
