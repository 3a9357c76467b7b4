"""What must hold for both themes: contrast, fonts, icons, and a Qt that counts None right."""

import sys
from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QPushButton

import resources
from workbench.canvas.frame_item import tint
from workbench.look import theme as themes
from workbench.look.strokes import mixed
from workbench.look.theme import DARK, LIGHT, Theme, appearance

BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
SURFACES = ("window", "canvas", "panel", "node", "header", "field")


def luminance(colour: QColor) -> float:
    def linear(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    r, g, b = (linear(c) for c in colour.getRgbF()[:3])
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: QColor, other: QColor) -> float:
    """Return the ratio of WCAG 2.1, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_pairs() -> list[tuple[str, str]]:
    pairs = [(ink, ground) for ink in ("text", "text2", "accent") for ground in SURFACES]
    pairs += [(ink, ground) for ink in ("text", "text2") for ground in ("hover", "selected")]
    pairs += [("text3", ground) for ground in ("window", "canvas", "panel", "node", "field")]
    pairs += [("on_fill", "fill"), ("on_fill", "fill_hover"), ("accent", "selected")]
    pairs += [(state, ground) for state in ("ok", "warning", "error") for ground in SURFACES[:4]]
    for ground in ("warning_ground", "error_ground"):
        pairs += [("text", ground), ("accent", ground), (ground.removesuffix("_ground"), ground)]
    return [*pairs, ("note_text", "note")]


@BOTH
@pytest.mark.parametrize(("ink", "ground"), text_pairs(), ids=lambda name: name)
def test_text_is_readable(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(theme.colour(ink), theme.colour(ground)) >= 4.5


@BOTH
@pytest.mark.parametrize("ground", ["window", "panel", "field"])
def test_controls_can_be_seen(theme: Theme, ground: str) -> None:
    assert contrast(theme.control, theme.colour(ground)) >= 3


@BOTH
@pytest.mark.parametrize("ground", ["canvas", "node"])
def test_wires_and_glyphs_can_be_seen(theme: Theme, ground: str) -> None:
    for family, wire in theme.wires.items():
        assert contrast(wire.colour, theme.colour(ground)) >= 3, family


@BOTH
def test_class_colours_can_be_seen_and_differ(theme: Theme) -> None:
    assert len({c.name() for c in theme.classes}) == 10
    assert all(contrast(c, theme.panel) >= 3 for c in theme.classes)
    assert theme.class_colour(13) == theme.class_colour(3)


@BOTH
def test_given_colours_can_be_seen_and_titles_read_on_their_frames(theme: Theme) -> None:
    for hue in (theme.hue(name) for name in themes.HUES):
        assert hue is not None
        assert contrast(hue, theme.header) >= 3
        ground = mixed(hue, theme.canvas, tint(theme, hue).alphaF())
        assert contrast(theme.text2, ground) >= 4.5
        assert contrast(theme.text3, ground) >= 4


def test_no_two_families_share_glyph_and_stroke() -> None:
    looks = [(wire.glyph, wire.stroke) for wire in DARK.wires.values()]
    assert len(set(looks)) == len(looks)
    assert DARK.wire("a family of tomorrow") == DARK.wires["object"]


@BOTH
def test_stylesheet_has_all_its_tokens(qapp: object, theme: Theme) -> None:
    sheet = themes.stylesheet(theme)
    assert "@{" not in sheet
    assert theme.fill.name() in sheet


def test_no_colour_outside_the_theme() -> None:
    assert "#" not in resources.path("style", "window.qss").read_text("utf-8")


def test_shipped_fonts_are_the_ones_used(qapp: object) -> None:
    assert {themes.FAMILY, themes.MONO} <= set(themes.load_fonts())
    assert QFontInfo(themes.font()).family() == themes.FAMILY
    assert QFontInfo(themes.font(mono=True)).family() == themes.MONO
    assert QFontInfo(themes.font(weight=themes.SEMIBOLD)).weight() == themes.SEMIBOLD


def test_icons_take_the_colour_asked_for(qapp: object) -> None:
    image = themes.pixmap("square", "error", 16, ratio=2).toImage()
    assert image.width() == 32
    solid = {
        image.pixelColor(x, y).name()
        for x in range(32)
        for y in range(32)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert solid == {themes.theme().error.name()}


def test_unknown_icon_shows_as_a_box(qapp: object) -> None:
    unknown, box = themes.pixmap("no such icon"), themes.pixmap("box")
    assert unknown.toImage() == box.toImage()


@pytest.fixture
def looks(qapp):
    """The appearance, as it is after the start; put back at the end."""
    appearance.start(qapp)
    yield appearance
    appearance.use("system", high_contrast=False, reduced_motion=False, text_scale=1.0)


def test_a_change_restyles_and_is_told(looks, qtbot) -> None:
    looks.use("dark")
    button = QPushButton()
    qtbot.addWidget(button)
    themes.set_icon(button, "play")
    before = button.icon().pixmap(16).toImage()
    with qtbot.waitSignal(looks.changed, timeout=1000):
        looks.use("light")
    assert themes.theme().name == "light"
    assert button.icon().pixmap(16).toImage() != before
    with qtbot.assertNotEmitted(looks.changed):
        looks.use("light")


def test_needs_of_the_user_change_tokens(looks) -> None:
    looks.use("dark", high_contrast=True, reduced_motion=True, text_scale=5)
    theme = themes.theme()
    assert theme.edge == DARK.text2
    assert theme.halo == 1
    assert theme.motion.panel == 0
    assert themes.font(13).pixelSize() == 26


def test_both_themes_are_whole() -> None:
    for field in fields(Theme):
        if isinstance(value := getattr(DARK, field.name), QColor):
            assert value.isValid()
            assert getattr(LIGHT, field.name).isValid()


def test_void_calls_keep_none(qtbot) -> None:
    """PySide6 6.12.0 on Python before 3.12 lost a None at every such call, and then aborted."""
    button = QPushButton()
    qtbot.addWidget(button)
    before = sys.getrefcount(None)
    for _ in range(1000):
        button.setText("x")
    assert sys.getrefcount(None) > before - 500
