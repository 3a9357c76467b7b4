import pytest
from PySide6.QtCore import Qt

from engine.document.catalogue import Failure
from tests.workbench import design, speech
from workbench.panels.palette import Palette
from workbench.search.fuzzy import fold
from workbench.widgets.dragging import MIME, mime_of
from workbench.widgets.rows import ROW
from workbench.words import language


@pytest.fixture
def palette(show):
    return show(Palette(), width=232)


def heads(palette) -> list[tuple[str, str]]:
    model = palette.tree.model()
    rows = [model.index(i, 0).data(ROW) for i in range(model.rowCount())]
    return [(row.title, row.side) for row in rows]


def kinds(palette, head: int = 0) -> list[str]:
    model = palette.tree.model()
    parent = model.index(head, 0)
    return [model.index(i, 0, parent).data(ROW).title for i in range(model.rowCount(parent))]


def test_categories_stand_in_their_order_with_counts(palette) -> None:
    assert heads(palette)[:3] == [("Data", "3"), ("Layers", "3"), ("Autoencoders", "4")]
    assert kinds(palette) == ["Latent grid", "MNIST", "Noise"]
    assert palette.search.placeholderText() == "Search 15 nodes"


def test_kinds_stand_by_their_titles_in_either_language(palette, qapp) -> None:
    translator = language.Translator("fr")
    for spoken in (None, translator):
        if spoken:
            qapp.installTranslator(spoken)
        palette.show_catalogue(speech.catalogue())
        palette.redraw_now()
        for head in range(len(heads(palette))):
            titles = [fold(title) for title in kinds(palette, head)]
            assert titles == sorted(titles)
    qapp.removeTranslator(translator)


def test_letters_find_and_enter_adds_the_best(palette, qtbot) -> None:
    with qtbot.waitSignal(palette.add_requested) as asked:
        qtbot.keyClicks(palette.search, "lgr")
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert asked.args == ["LatentGrid"]
    assert kinds(palette) == ["Latent grid"]


def test_the_first_category_is_open_when_the_catalogue_comes_late(qtbot) -> None:
    palette = Palette()
    qtbot.addWidget(palette)
    palette.show()
    palette.show_catalogue(design.catalogue())
    palette.redraw_now()
    assert palette.tree.opened() == {"data"}


def test_nothing_found_is_said(palette, qtbot) -> None:
    qtbot.keyClicks(palette.search, "zzz")
    palette.redraw_now()
    assert heads(palette) == [("Nothing found", "")]


def test_what_is_spelt_alike_is_offered(palette, qtbot) -> None:
    qtbot.keyClicks(palette.search, "encdoer")
    palette.redraw_now()
    assert heads(palette) == [("Nothing found. Spelt alike:", "")]
    with qtbot.waitSignal(palette.add_requested) as asked:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert asked.args == ["Encoder"]


def test_what_was_open_is_open_again_after_a_search(palette, qtbot) -> None:
    palette.show_category("views")
    qtbot.keyClicks(palette.search, "enc")
    palette.redraw_now()
    palette.search.clear()
    palette.redraw_now()
    assert palette.tree.opened() == {"data", "views"}


def test_keys_walk_from_the_field_into_the_tree_and_add(palette, qtbot) -> None:
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.add_requested) as asked:
        qtbot.keyClick(palette.tree, Qt.Key.Key_Return)
    assert asked.args == ["LatentGrid"]


def test_letters_typed_on_the_tree_go_to_the_search(palette, qtbot) -> None:
    palette.tree.setFocus()
    qtbot.keyClicks(palette.tree, "e")
    assert palette.search.text() == "e"


def test_a_double_click_adds(palette, qtbot) -> None:
    model = palette.tree.model()
    index = model.index(0, 0, model.index(0, 0))
    place = palette.tree.visualRect(index).center()
    qtbot.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(palette.add_requested) as asked:
        qtbot.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == ["LatentGrid"]


def test_a_kind_is_carried_by_its_name() -> None:
    assert bytes(mime_of("Encoder").data(MIME)) == b"Encoder"


def test_files_that_failed_are_listed_with_their_sentence(palette, bench) -> None:
    catalogue = design.catalogue()
    catalogue.failures = [Failure(file="/nodes/timegan.py", sentence="Line 12 names torchtime.")]
    bench.use_catalogue(catalogue)
    bench.catalogue_changed.emit(catalogue)
    palette.redraw_now()
    assert heads(palette)[0] == ("Not loaded", "1"), "first and open: nobody misses it"
    row = palette.tree.model().index(0, 0, palette.tree.model().index(0, 0)).data(ROW)
    assert (row.title, row.detail) == ("timegan.py", "Line 12 names torchtime.")
