"""Laws of saved pictures, for every kind of figure: what is asked for is what is in the file."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer

from tests.workbench.plots.figures import every, figure, latent
from workbench.look.painting import painting
from workbench.look.theme import DARK, load_fonts
from workbench.plots import picture
from workbench.plots.inside import graph_in
from workbench.plots.look import _FONTS
from workbench.plots.paper import COLUMNS, MARGIN, MM, PX, Page, Paper, Words, lay_out, slide
from workbench.plots.printing import WRITERS, NotSaved, image_of

GRAPH = '{"format": "genworkbench.graph", "nodes": "β ≥ 1 & <so on>"}'
WITH_IMAGES = {"images", "blind", "density", "field", "audio"}  # what is no shape, or smooth
NARROW = {"text", "table"}  # no wider than their words


@cache
def page(kind: str, paper: Paper = Paper()) -> Page:  # noqa: B008
    load_fonts()
    return lay_out(picture(every()[kind]), paper, words=Words("A title", "a caption", GRAPH, "<é>"))


def drawn(image: QImage) -> np.ndarray:
    """Return which pixels differ from the corner."""
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return pixels != pixels[0, 0]


@pytest.mark.parametrize("kind", every())
def test_it_is_cut_to_what_is_drawn_with_a_margin(qapp, kind):
    image = image_of(page(kind), 1.0)
    ink = drawn(image)
    dots = page(kind).paper.px(MARGIN)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ends = [rows[0], image.height() - 1 - rows[-1], columns[0], image.width() - 1 - columns[-1]]
    assert min(ends) > dots - 2
    assert max(ends[:2]) < dots + 2
    if kind not in NARROW:
        assert max(ends[2:]) < dots + 0.03 * image.width()


@pytest.mark.parametrize("paper", [Paper(60, 40), slide(Paper(ground="dark", colours="screen"))])
@pytest.mark.parametrize("kind", ["curve", "points", "images", "matrix", "text"])
def test_a_given_height_is_kept_and_all_is_within(qapp, kind, paper):
    shown = page(kind, paper)
    assert shown.millimetres == (paper.width, paper.height)
    ink = drawn(image_of(shown, 1.0))
    edge = int(paper.px(MARGIN)) - 1
    assert ink.any()
    assert ink[edge:-edge, edge:-edge].sum() == ink.sum()


def test_a_slide_has_its_pixels():
    paper = slide(Paper())
    assert [round(mm / MM * paper.dpi) for mm in (paper.width, paper.height)] == [1920, 1080]


@pytest.mark.parametrize("kind", every())
def test_each_format_has_the_size_asked_for_and_the_graph(qapp, tmp_path, kind):
    shown = page(kind, Paper(50))
    wide, high = shown.millimetres
    assert wide == 50
    files = {suffix: tmp_path / f"view{suffix}" for suffix in WRITERS}
    for suffix, path in files.items():
        WRITERS[suffix](shown, path)
        assert graph_in(path) == GRAPH, suffix
    with Image.open(files[".png"]) as image:
        assert image.size == (round(50 / MM * 300), round(high / MM * 300))
        assert np.allclose(image.info["dpi"], 300, atol=0.1)
    svg = files[".svg"].read_bytes()
    root = ElementTree.fromstring(svg)
    assert float(root.get("width", "").removesuffix("mm")) == pytest.approx(wide)
    assert float(root.get("height", "").removesuffix("mm")) == pytest.approx(high, abs=1e-3)
    assert QSvgRenderer(str(files[".svg"])).isValid()
    pdf = files[".pdf"].read_bytes()
    left, low, right, top = map(float, _box(pdf))
    assert (right - left) / 72 * MM == pytest.approx(wide, abs=1e-3)
    assert (top - low) / 72 * MM == pytest.approx(high, abs=1e-3)
    assert b"<text" not in svg and (b"/FontFile" in pdf) == (b"/Type0" in pdf)
    images = (svg.count(b"<image"), pdf.count(b"/Subtype /Image"))
    assert all(images) if kind in WITH_IMAGES else images == (0, 0)


def _box(pdf: bytes) -> list[bytes]:
    found = re.search(rb"/MediaBox \[([^]]*)\]", pdf)
    assert found is not None
    return found[1].split()


@pytest.mark.parametrize(("count", "images"), [(20_000, 0), (20_001, 1)])
def test_many_dots_are_one_picture(qapp, tmp_path, count, images):
    cloud = np.resize(latent(), (count, 2))
    shown = lay_out(picture(figure("points", {}, points=cloud)), Paper())
    WRITERS[".svg"](shown, tmp_path / "view.svg")
    text = (tmp_path / "view.svg").read_text("utf-8")
    assert text.count("<image") == images
    assert (text.count("<circle") > 19_000) == (not images)


GROUNDS = {"white": (255, 255, 255, 255), "dark": DARK.panel.getRgb(), "transparent": (0, 0, 0, 0)}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("kind", ["points", "table", "images"])
def test_the_ground_is_the_one_chosen(qapp, tmp_path, kind, ground):
    shown = page(kind, Paper(40, ground=ground))
    assert image_of(shown).pixelColor(1, 1).getRgb() == GROUNDS[ground]
    WRITERS[".svg"](shown, tmp_path / "view.svg")
    image = QImage(40, 40, QImage.Format.Format_ARGB32)
    image.fill(0)
    from PySide6.QtGui import QPainter

    painter = QPainter(image)
    QSvgRenderer(str(tmp_path / "view.svg")).render(painter)
    painter.end()
    assert image.pixelColor(1, 1).getRgb() == GROUNDS[ground]


@pytest.mark.parametrize("size", [6.0, 8.0, 12.0])
def test_all_type_and_all_lines_have_one_size_on_paper(qapp, size):
    paper = Paper(type=size)
    look = lay_out(picture(every()["curve"]), paper).look
    assert {look.font(role).pixelSize() for role in _FONTS} == {PX}
    assert paper.scale * PX == pytest.approx(size)
    assert paper.scale * look.line(2.0) == pytest.approx(1.0)


def test_the_same_type_whatever_the_users_scale_is(qapp, monkeypatch):
    from dataclasses import replace

    from workbench.look.theme import appearance

    usual = page("matrix").size
    monkeypatch.setattr(appearance, "theme", replace(DARK, text_scale=1.5))
    assert lay_out(picture(every()["matrix"]), Paper()).size == usual


@pytest.mark.parametrize("kind", every())
def test_greys_are_grey(qapp, kind):
    image = image_of(page(kind, Paper(colours="grey")), 1.0).convertToFormat(
        QImage.Format.Format_RGB888
    )
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = pixels[:, : 3 * image.width()].reshape(image.height(), -1, 3).astype(int)
    assert np.ptp(pixels, axis=2).max() < 10  # text itself is a little blue


def test_what_may_be_left_out(qapp):
    full = page("points", Paper(COLUMNS, 100))
    bare = page("points", Paper(COLUMNS, 100, axes=False, names=False))
    assert drawn(image_of(bare, 1.0)).sum() < drawn(image_of(full, 1.0)).sum()
    words = page("points", Paper(COLUMNS, title=True, caption=True))
    assert words.size.height() > page("points", Paper(COLUMNS)).size.height() + 2 * PX


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_file_that_cannot_be_written_is_told(qapp, tmp_path, suffix):
    with pytest.raises(NotSaved):
        WRITERS[suffix](page("curve"), tmp_path / "nowhere" / f"view{suffix}")


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png", ".gif", ".txt"])
def test_a_damaged_picture_holds_no_graph(tmp_path, suffix):
    path = tmp_path / f"view{suffix}"
    assert graph_in(path) == ""
    for text in (
        b"",
        b"<svg",
        b"%PDF /EF <</F 1 0 R\n1 0 obj\n<</FlateDecode>>\nstream\nno",
        b"GIF89a",
    ):
        path.write_bytes(text)
        assert graph_in(path) == ""


def test_an_entity_is_not_read(tmp_path):
    path = Path(tmp_path / "view.svg")
    path.write_text('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>')
    assert graph_in(path) == ""


def test_a_painter_ends_whatever_is_raised(qapp: object) -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    with pytest.raises(ValueError, match="damaged"), painting(image) as painter:
        assert image.paintingActive() and painter.isActive()
        raise ValueError("damaged")
    assert not image.paintingActive()
