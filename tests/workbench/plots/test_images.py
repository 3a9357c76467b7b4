import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSize

from tests.workbench.plots.figures import digits, figure, grid
from tests.workbench.plots.test_base import pixels
from workbench.look.theme import DARK
from workbench.plots import picture
from workbench.plots.base import drawn
from workbench.plots.images import Images
from workbench.plots.look import Look

LOOK = Look(DARK)
AREA = QRectF(0, 0, 400, 200)


def test_a_manifold_has_no_gap_and_samples_have_three_pixels():
    joined = picture(grid(144, gap=0, columns=12)).cells(AREA, LOOK)
    assert joined.cell(1).left() == pytest.approx(joined.cell(0).right())
    spread = picture(grid(64)).cells(AREA, LOOK)
    assert spread.cell(1).left() - spread.cell(0).right() == pytest.approx(3)


def test_enlarged_pixels_stay_hard(qapp):
    image = np.zeros((1, 1, 2, 2), np.float32)
    image[0, 0, 0, 0] = 1.0
    shown = picture(figure("images", {"low": 0, "high": 1}, images=image))
    found = pixels(drawn(shown, QSize(100, 100), LOOK))[10:90, 10:90, 0]
    assert set(np.unique(found)) == {0, 255}


def test_the_range_is_given_or_guessed():
    images = np.array([-1.0, 0.0, 1.0], np.float32).reshape(1, 1, 1, 3)
    assert picture(figure("images", {}, images=images))._bytes().ravel().tolist() == [0, 127, 255]
    given = picture(figure("images", {"low": 0, "high": 2}, images=images))
    assert given._bytes().ravel().tolist() == [0, 0, 127]


def test_grey_colour_and_bytes():
    grey = digits()[0][:3]
    assert picture(figure("images", {}, images=grey)).images.shape == (3, 1, 8, 8)
    coloured = np.zeros((2, 3, 8, 8), np.uint8)
    assert picture(figure("images", {}, images=coloured)).images.shape == (2, 3, 8, 8)
    many = np.zeros((2, 16, 8, 8), np.float32)
    assert picture(figure("images", {}, images=many)).images.shape == (2, 3, 8, 8)


@given(
    count=st.integers(1, 150),
    columns=st.none() | st.integers(1, 20),
    high=st.integers(40, 600),
    gap=st.sampled_from([0, 3]),
)
def test_no_row_is_left_unfilled(count, columns, high, gap):
    facts = {"columns": columns, "gap": gap}
    shown = picture(figure("images", facts, images=np.zeros((count, 4, 4))))
    cells = shown.cells(QRectF(0, 0, 300, high), LOOK)
    assert cells.count % cells.columns == 0 or cells.rows == 1
    assert 0 < cells.count <= count and count - cells.count < cells.columns
    assert cells.at(cells.cell(cells.count - 1).center()) == cells.count - 1


def test_what_divides_is_not_trimmed_and_answers_are_never():
    assert picture(grid(24)).cells(QRectF(0, 0, 250, 260), LOOK).count == 24
    test = Images(grid(23, columns=5))
    test.trims = False
    assert test.cells(AREA, LOOK).count == 23


def test_an_image_is_found_under_the_pointer():
    shown = picture(grid(64, labels=[str(c) for c in digits()[1][:64]]))
    cells = shown.cells(AREA, LOOK)
    hit = shown.hit(cells.cell(10).center(), AREA, LOOK)
    assert (hit.index, hit.id) == (10, 10)
    assert str(digits()[1][10]) in hit.text
    assert shown.hit(QPointF(-5, -5), AREA, LOOK) is None


@pytest.mark.parametrize("facts", [{"labels": ["cat", "dog"]}, {"named": ["cat", "dog"]}])
def test_an_image_is_told_with_its_class(facts):
    shown = picture(figure("images", facts | {"columns": 2}, images=np.zeros((2, 1, 4, 4))))
    place = shown.cells(AREA, LOOK).cell(1).center()
    assert shown.hit(place, AREA, LOOK).text == "image 2 · dog"
    assert [row[1] for row in shown.rows().rows] == ["cat", "dog"]


def test_long_names_lie_on_no_neighbour(qapp):
    images = np.zeros((2, 1, 4, 4))
    named, bare = (
        pixels(drawn(picture(figure("images", {"columns": 2, **facts}, images=images)),
                     QSize(90, 40), LOOK))
        for facts in ({"labels": ["a very long name", "b"]}, {"labels": ["", "b"]})
    )  # fmt: skip
    assert np.array_equal(named, bare)


def test_what_does_not_fit_is_scrolled_to():
    shown = picture(grid(1000))
    area = QRectF(0, 0, 300, 100)
    assert shown.length(area, LOOK) > 100
    assert shown.cells(area, LOOK).width >= 28


def test_marked_images_are_framed_and_others_fade(qapp):
    shown = picture(grid(8, columns=8))
    plain = pixels(drawn(shown, QSize(400, 60), LOOK)).astype(int)
    marked = pixels(drawn(shown, QSize(400, 60), Look(DARK, marked=frozenset([2])))).astype(int)
    cells = shown.cells(QRectF(0, 0, 400, 60), LOOK)
    first, third = (cells.cell(k).center().toPoint() for k in (0, 2))
    assert (plain[third.y(), third.x()] == marked[third.y(), third.x()]).all()
    assert (plain[first.y(), :40] != marked[first.y(), :40]).any()
