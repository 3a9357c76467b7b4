"""The index of rectangles finds what a search of all would, in order."""

from __future__ import annotations

import random

from workbench.canvas.index import Index


def test_the_index_finds_what_a_search_of_all_finds():
    chance, index, boxes = random.Random(0), Index(), {}
    for step in range(600):
        item = f"item {chance.randrange(200)}"
        if item in boxes and chance.random() < 0.45:
            index.drop(item)
            del boxes[item]
        else:
            left, top = chance.uniform(-500, 500), chance.uniform(-500, 500)
            boxes[item] = (left, top, left + chance.uniform(0, 90), top + chance.uniform(0, 90))
            index.put(item, boxes[item])
        if step % 20 == 0:
            left, top, right, bottom = -100.0, -50.0, 150.0, 120.0
            found = [
                item
                for item, (l, t, r, b) in boxes.items()  # noqa: E741
                if l <= right and r >= left and t <= bottom and b >= top
            ]
            assert index.near((left, top, right, bottom)) == found
            lefts, tops, rights, bottoms = zip(*boxes.values(), strict=True)
            assert index.bounds() == (min(lefts), min(tops), max(rights), max(bottoms))
    for item in boxes:
        index.drop(item)
    assert index.bounds() is None and not index.near((-1e9, -1e9, 1e9, 1e9))
