from workbench import edits
from workbench.panels.history import HistoryPanel


def test_a_click_goes_back_and_on(show, bench) -> None:
    document = bench.document
    for value in (3, 4, 5):
        document.push(edits.set_param(document.graph, "encoder", "latent", value))
    panel = show(HistoryPanel())
    assert len(panel.rows.rows) == 4
    panel._go(panel.rows.index(1))
    panel.redraw_now()
    assert document.graph.nodes["encoder"].params["latent"] == 3
    assert [row.faint for row in panel.rows.rows] == [False, False, True, True]
    assert panel.view.currentIndex().row() == 1
    panel._go(panel.rows.index(3))
    assert document.graph.nodes["encoder"].params["latent"] == 5
    panel._go(panel.rows.index(0))
    assert not document.dirty
