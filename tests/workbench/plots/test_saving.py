"""The dialog of saved pictures: what is chosen in it is what is saved."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox, QToolButton

from tests.workbench.plots.figures import curve, grid, scatter
from workbench.plots import export
from workbench.plots.film import SUFFIXES
from workbench.plots.inside import graph_in
from workbench.plots.owner import Owner
from workbench.plots.paper import COLUMNS, MM, Paper, Words
from workbench.plots.saving import FORMATS, SavePicture, file_stem, paths_of
from workbench.plots.widget import Plot
from workbench.words import language


class Document(Owner):
    def __init__(self, plots: list[Plot]) -> None:
        self.all = plots

    def graph(self) -> str:
        return '{"format": "genworkbench.graph"}'

    def document(self) -> str:
        return "VAE / digits"

    def plots(self) -> list[Plot]:
        return self.all


@pytest.fixture
def plots(qtbot, monkeypatch) -> list[Plot]:
    monkeypatch.setattr(export, "chosen", export.Chosen())
    monkeypatch.setattr("workbench.plots.saving.chosen", export.chosen)
    made: list[Plot] = []
    for name, drawn in (("Latent scatter", scatter(80)), ("Grid", grid(4)), ("Loss", curve(50))):
        plot = Plot()
        qtbot.addWidget(plot)
        plot.setAccessibleName(name)
        plot.draw(drawn)
        plot.owner = Document(made)
        made.append(plot)
    return made


@pytest.fixture
def dialog(plots, qtbot) -> SavePicture:
    made = SavePicture(plots[0])
    qtbot.addWidget(made)
    return made


def test_it_opens_on_one_column_of_white(dialog):
    assert dialog.paper == Paper() and export.chosen.format == ".pdf"
    assert dialog.width_field.value() == 85
    assert dialog.height_field.value() == pytest.approx(dialog.page.millimetres[1], abs=0.1)
    assert dialog.file.text() == "vae-digits-latent-scatter.pdf"


def test_each_size_and_back(dialog):
    dialog.sizes.setCurrentIndex(1)
    assert dialog.paper.width == COLUMNS
    dialog.sizes.setCurrentIndex(2)
    dialog.draw()
    assert dialog.page.dots() == (1920, 1080) and dialog.type_field.value() == 18
    dialog.sizes.setCurrentIndex(0)
    assert dialog.paper == Paper()
    dialog.draw()
    dialog.height_field.setValue(40)
    dialog.draw()
    assert dialog.sizes.currentIndex() == 3 and dialog.page.millimetres == (85, 40)
    dialog.width_field.setValue(60)
    assert (dialog.paper.width, dialog.paper.height) == (60, 40)


def test_the_ground_brings_its_colours(dialog):
    for at, colours in enumerate(("print", "print", "screen")):
        dialog.grounds.setCurrentIndex(at)
        assert (
            dialog.paper.colours
            == colours
            == ("print", "screen", "grey")[dialog.colours.currentIndex()]
        )
    dialog.colours.setCurrentIndex(2)
    assert dialog.paper.colours == "grey" and dialog.paper.ground == "dark"


def test_what_is_left_out_and_the_type(dialog):
    for name, box in dialog.parts.items():
        box.setChecked(not box.isChecked())
        assert getattr(dialog.paper, name) == box.isChecked() != getattr(Paper(), name)
    dialog.type_field.setValue(10)
    assert dialog.paper.type == 10


def test_several_are_saved_with_one_size_of_type(dialog, plots, tmp_path):
    next(box for box, plot in dialog.others.items() if plot is plots[2]).setChecked(True)
    dialog.formats.setCurrentIndex(FORMATS.index(".png"))
    paths = paths_of(dialog.plots, tmp_path)
    dialog.save(paths)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "vae-digits-latent-scatter.png",
        "vae-digits-loss.png",
    ]
    for path in paths:
        assert graph_in(path) == plots[0].owner.graph()
        with Image.open(path) as image:
            assert image.width == round(85 / MM * 300)
    assert dialog.result()


def test_a_picture_that_is_not_written_says_so_and_the_dialog_stays(dialog, tmp_path):
    dialog.show()
    dialog.save([tmp_path / "nowhere" / "view.png"])
    box = dialog.findChild(QMessageBox)
    assert box is not None and "view.png" in box.text() and dialog.isVisible()
    box.close()


def test_copy_is_the_same_at_twice_the_size(dialog):
    dialog.grounds.setCurrentIndex(2)
    dialog.copy()
    image = QGuiApplication.clipboard().image()
    assert image.width() == pytest.approx(2 * dialog.page.size.width(), abs=1)
    assert image.pixelColor(1, 1) == dialog.page.look.theme.panel
    dialog.plot.copy_image()  # from the view, as chosen last
    assert QGuiApplication.clipboard().image().size() == image.size()


def test_a_view_that_shows_nothing_cannot_be_saved(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.placeholder = "Run draws it."
    dialog = SavePicture(plot)
    qtbot.addWidget(dialog)
    assert not dialog.save_button.isEnabled() and not dialog.copy_button.isEnabled()


@pytest.fixture(params=["en", "fr"])
def spoken(qapp, request):
    if request.param == "en":
        yield
        return
    before, translator = QLocale(), language.Translator("fr")
    qapp.installTranslator(translator)
    QLocale.setDefault(QLocale("fr_FR"))
    yield
    qapp.removeTranslator(translator)
    QLocale.setDefault(before)


def test_no_text_is_cut(spoken, plots, qtbot):
    dialog = SavePicture(plots[0])
    qtbot.addWidget(dialog)
    dialog.show()
    for label in dialog.findChildren(QLabel):
        if not label.wordWrap() and label is not dialog.file:
            assert label.width() >= label.sizeHint().width(), label.text()
    for pills in (dialog.sizes, dialog.grounds, dialog.colours, dialog.formats):
        arrows = pills.findChildren(QToolButton)
        assert not any(arrow.isVisible() for arrow in arrows), pills.accessibleName()


def test_names_of_files_are_plain_and_differ(plots):
    plots[1].setAccessibleName("../Latent: scatter?")
    assert file_stem(plots[1]) == "vae-digits-latent-scatter"
    assert len(set(paths_of(plots, Path("folder")))) == 3


@pytest.fixture
def filmed(plots, tmp_path, monkeypatch) -> list[Plot]:
    """Return plots of which a run has recorded three steps of the first."""
    shown = [scatter(count) for count in (200, 40, 80)]
    recorded = SimpleNamespace(
        losses=[],
        steps=lambda node: [0, 10, 20],
        figure=lambda node, step: shown[step // 10],
        caption=lambda step: f"step {step}",
        words=lambda node, about: Words("Latent scatter", "step 20", plots[0].owner.graph()),
    )
    monkeypatch.setattr("workbench.plots.film.Recorded", lambda run: recorded)
    monkeypatch.setattr(plots[0].owner, "record", lambda plot: (tmp_path, "scatter"))
    return plots


def test_without_a_run_there_is_no_film(dialog):
    assert [dialog.formats.isTabEnabled(FORMATS.index(s)) for s in SUFFIXES] == [False, False]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_film_is_written_while_the_window_lives(filmed, qtbot, tmp_path, suffix):
    dialog = SavePicture(filmed[0])
    qtbot.addWidget(dialog)
    dialog.formats.setCurrentIndex(FORMATS.index(suffix))
    path = tmp_path / f"film{suffix}"
    dialog.save([path])
    assert dialog.work is not None and not path.exists()
    qtbot.waitUntil(lambda: dialog.work is None)
    with Image.open(path) as image:
        assert image.n_frames == 3 and image.width == round(85 / MM * 200)
        ground = dialog.page.look.theme.panel.getRgb()[:3]
        for frame in range(image.n_frames):
            image.seek(frame)
            assert image.convert("RGB").getpixel((1, 1)) == ground
            edge = np.asarray(image.convert("RGB"))[: round(1 / MM * 200)]
            assert (edge == ground).all(), "a point of an earlier frame is cut"
    assert graph_in(path) == filmed[0].owner.graph()


def test_a_film_that_is_cancelled_leaves_no_file(filmed, qtbot, tmp_path):
    dialog = SavePicture(filmed[0])
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.formats.setCurrentIndex(FORMATS.index(".gif"))
    for turns in (1, 4, 7):  # reading, drawing, writing
        dialog.save([tmp_path / "film.gif"])
        for _ in range(turns):
            dialog._go_on()
        assert dialog.progress.isVisible()
        dialog.cancel_button.click()
        assert dialog.work is None and dialog.isVisible() and dialog.save_button.isVisible()
        assert list(tmp_path.iterdir()) == []
