from workbench.plots.ranges import Ranges


def test_in_the_past_ranges_only_grow():
    ranges = Ranges()
    assert ranges.update({"x": (0, 1)}, past=False) == {"x": (0, 1)}
    assert ranges.update({"x": (-1, 0.5)}, past=True) == {"x": (-1, 1)}
    assert ranges.update({"x": (0.4, 0.5)}, past=True) == {"x": (-1, 1)}


def test_live_ranges_shrink_only_when_mostly_empty():
    ranges = Ranges()
    ranges.update({"x": (0, 10)}, past=False)
    assert ranges.update({"x": (1, 9)}, past=False) == {"x": (0, 10)}
    assert ranges.update({"x": (1, 3)}, past=False) == {"x": (1, 3)}
