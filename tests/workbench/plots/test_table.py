from tests.workbench.plots.figures import figure
from workbench.plots import picture
from workbench.plots.table import NARROW, WIDE


def made(columns: int):
    return picture(figure("table", {"columns": ["precision"] * columns, "rows": [[0.5] * columns]}))


def test_a_table_of_many_columns_wants_more_room():
    assert made(2).shape == NARROW < made(9).shape < made(40).shape == WIDE
