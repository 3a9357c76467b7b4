import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSize

from tests.workbench.plots.figures import figure
from tests.workbench.plots.test_base import pixels
from workbench.look.theme import DARK
from workbench.plots import picture
from workbench.plots.base import drawn
from workbench.plots.look import Look

LOOK = Look(DARK)
AREA = QRectF(0, 0, 400, 300)
PATH = np.stack([np.zeros((5, 2)), np.full((5, 2), 2.0), np.full((5, 2), 3.0)])
PATH[..., 1] += np.arange(5)


def paths(**facts):
    return picture(figure("paths", facts, paths=PATH))


@pytest.mark.parametrize(("at", "x"), [(0.0, 0.0), (0.25, 1.0), (0.5, 2.0), (0.75, 2.5), (1, 3.0)])
def test_points_are_where_the_time_says(at, x):
    shown = paths(at=at)
    assert shown.items()[:, 0].tolist() == [x] * 5
    place = QPointF(*shown.axes(AREA, LOOK).pixels(shown.items()[2:3])[0])
    assert shown.hit(place, AREA, LOOK).index == 2


def test_a_path_splits_where_its_point_is():
    behind, ahead = paths(at=0.25).split()
    assert behind[:, 0, 0].tolist() == [0, 1] and ahead[:, 0, 0].tolist() == [1, 2, 3]


def test_a_path_is_told_with_its_class():
    facts = {"classes": ["cat", "dog"], "at": 1.0}
    shown = picture(figure("paths", facts, paths=PATH, labels=np.array([0, 1, 0, 1, 0])))
    place = QPointF(*shown.axes(AREA, LOOK).pixels(shown.items()[1:2])[0])
    assert shown.hit(place, AREA, LOOK).text.startswith("dog · ")
    table = shown.rows()
    assert [row[table.columns.index("class")] for row in table.rows[:3]] == ["cat", "dog", "cat"]


def test_the_axes_do_not_follow_the_time():
    assert paths(at=0.1).axes(AREA, LOOK) == paths(at=0.9).axes(AREA, LOOK)


def test_a_trace_grows_and_the_way_ahead_is_faint(qapp):
    def ink(**facts):
        return pixels(drawn(paths(**facts), QSize(200, 150), Look(DARK, small=True)))[..., 3].sum()

    assert ink(at=0.2) < ink(at=0.6) < ink(at=0.6, rest=True)
    assert ink(at=0.6, traces=False) < ink(at=0.6)


def test_the_head_tells_the_time_and_how_crooked_the_paths_are(qapp):
    assert paths(at=0.5, length=1.25).subtitle().startswith("at 0.50 · 1.25 × the straight way")
    assert paths().subtitle() == "5 paths, 2 steps"


def test_one_state_is_a_path_too(qapp):
    shown = picture(figure("paths", {"at": 0.4, "rest": True}, paths=PATH[:1]))
    drawn(shown, QSize(200, 150), LOOK)
    assert len(shown.items()) == 5
