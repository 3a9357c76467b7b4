import re
import subprocess
import sys

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from tests.shipped import catalogue
from workbench.look import formula
from workbench.look.formula import statements, terms
from workbench.look.theme import appearance
from workbench.panels.formula_box import FormulaBox

ENCODER = r"q_\phi(z|x) = \mathcal{N}(\mu_\phi(x), \mathrm{diag}\,\sigma_\phi^2(x))"
COURSE = [
    ENCODER,
    r"\min_G \max_{\|D\|_L \leq 1} \mathbb{E}_x[D(x)] - \mathbb{E}_z[D(G(z))]",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\underbrace{\mathbb{E}_{q}[\log p(x|z)]}_{\text{reconstruction}} - \mathrm{KL}(q \| p)",
]


def colours(picture: QImage) -> set[str]:
    seen = set()
    for x in range(picture.width()):
        for y in range(picture.height()):
            colour = picture.pixelColor(x, y)
            if colour.alpha() == 255:
                seen.add(colour.name())
    return seen


@pytest.mark.parametrize("latex", COURSE)
def test_the_course_is_typeset_in_the_colour_asked(qapp, latex: str) -> None:
    picture = formula.image(latex, size=16, colour="#e9ecf1")
    assert colours(picture) == {"#e9ecf1"}


def test_what_is_not_tex_is_none(qapp) -> None:
    assert formula.image(r"\frac{", size=16, colour="#000000") is None


def test_a_dense_screen_gets_more_pixels_of_the_same_size(qapp) -> None:
    one = formula.image(ENCODER, size=16, colour="#000000")
    two = formula.image(ENCODER, size=16, colour=QColor("#000000"), scale=2)
    assert two.width() == pytest.approx(2 * one.width(), abs=1)
    assert two.deviceIndependentSize().width() == pytest.approx(one.width(), abs=1)


def test_it_is_painted_once(qapp) -> None:
    first = formula.image(ENCODER, size=16, colour="#000000")
    assert formula.image(ENCODER, size=16, colour="#000000") is first


def test_it_is_typeset_once_for_all_sizes_and_colours(qapp) -> None:
    formula.image(ENCODER, size=16, colour="#000000")
    typeset = formula._typeset.cache_info().misses
    small, large = (formula.drawing(ENCODER, size, "#e9ecf1") for size in (12, 24))
    assert formula._typeset.cache_info().misses == typeset
    assert large.width == 2 * small.width and large.ascent == 2 * small.ascent
    assert b"#e9ecf1" in small.svg and formula.INK not in small.svg


def test_ziamath_waits_for_the_first_formula() -> None:
    code = "import sys, workbench.look.formula; sys.exit('ziamath' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_statements_are_set_apart_by_spaces_that_are_tex() -> None:
    for name, kind in catalogue().kinds.items():
        assert not re.search(r"quad[a-zA-Z]", kind.formula), name


def test_every_formula_can_be_read_whole_in_the_narrowest_panel(qapp: QApplication) -> None:
    appearance.start(qapp)
    box = FormulaBox()
    box.resize(238, 52)
    for name, kind in catalogue().kinds.items():
        box.show_formula(kind.formula)
        assert bool(kind.formula) == bool(box._lines()), f"{name}: it cannot be typeset"
        for drawing in box._lines().values():
            assert drawing.width * box._scale() <= box._room + 1, name
        assert box.letters >= (9 if len(statements(kind.formula)) > 1 else 7), name


def test_the_terms_of_a_sum_are_those_outside_all_brackets() -> None:
    assert terms("L = a - (b + c) + f[x - 1]") == ["L = a", "- (b + c)", "+ f[x - 1]"]
    assert terms(r"\frac{a + b}{c}") == [r"\frac{a + b}{c}"]
    assert terms("x + [0, 1") == ["x + [0, 1"]
