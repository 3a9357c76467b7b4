"""The preview of data: what comes out, and what is odd of it, with line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nodes.data import table
from nodes.data.array_file import ArrayFile
from nodes.data.image_folder import ImageFolder
from nodes.data.preview import Preview

INPUTS = Path(__file__).parents[2] / "inputs" / "tables"


def preview(file: Path, **params: Any) -> Preview:
    return ArrayFile(file=str(file), **params).preview()


def out(seen: Preview) -> str:
    return "; ".join(map(str, seen.out))


def warnings(seen: Preview) -> list[str]:
    return [str(text) for text in seen.warnings]


def write(file: Path, rows: list[str]) -> Path:
    file.write_text("x,y,kind\n" + "\n".join(rows) + "\n")
    return file


def plain(count: int = 120) -> list[str]:
    return [f"{n}.5,{n % 7}.25,{'ab'[n % 2]}" for n in range(count)]


def test_what_comes_out_is_what_is_loaded(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", plain())
    seen = preview(file, test_share=0.25)
    assert out(seen) == (
        "120 items of 2: 90 to train, 30 to test; x from 0.5 to 119.5; y from 0.25 to 6.25; "
        "2 classes: a 60, b 60"
    )
    assert warnings(seen) == []
    node = ArrayFile(file=str(file), test_share=0.25)
    node.ensure_loaded()
    assert (len(node.items), len(node.test_items)) == (90, 30)
    assert [node.items[0].numel()] == seen.item


def test_an_odd_table_is_told_with_line_and_column(tmp_path: Path) -> None:
    rows = plain(40)
    rows[2] = "oops,1.5,a"
    rows[5] = "1.5,,b"
    rows[7] = "2.5,1e300,b"
    rows = [row.replace(",b", ",a") if n > 3 else row for n, row in enumerate(rows)]
    said = warnings(preview(write(tmp_path / "a.csv", rows)))
    assert said == [
        "Rows with gaps or cells that are no numbers: 2; "
        "line 4, x: 'oops' is no number; line 7, y: empty.",
        "Numbers beyond 3.4e+38: 1; the first: line 9, y: 1e+300.",
        "So few items (40) a network may learn by heart.",
        "Classes are uneven: a comes 38 times, b 2 times.",
    ]


def test_a_constant_column_is_named(tmp_path: Path) -> None:
    rows = [f"{n}.5,7,{'ab'[n % 2]}" for n in range(120)]
    assert warnings(preview(write(tmp_path / "a.csv", rows))) == [
        "y never changes: it tells a network nothing."
    ]


def test_a_choice_of_columns_changes_what_comes_out(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", plain())
    assert preview(file, columns='{"y": "leave out"}').item == [1]
    assert preview(file, columns='{"gone": "class"}').item == [2]  # passed over


@pytest.mark.parametrize("name", [p.name for p in INPUTS.glob("*.csv")])
def test_each_table_of_the_field_has_a_preview(name: str) -> None:
    seen = preview(INPUTS / name)
    assert seen.plan is not None
    assert seen.item == [len(seen.plan.numbers)]
    assert "items of" in out(seen)


def test_of_a_large_table_the_first_rows_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "LOOKED", 100)
    monkeypatch.setattr(table, "BLOCK", 64)
    file = write(tmp_path / "a.csv", plain(600))
    seen = preview(file)
    assert sum(seen.counts.values()) < 600
    assert out(seen).startswith("600 items of 2: 540 to train, 60 to test")


def test_pictures_of_an_archive(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez(file, x=np.zeros((30, 12, 8), np.uint8), y=np.array(["ham", "egg"] * 15))
    seen = preview(file)
    assert seen.item == [1, 12, 8]
    assert "30 items of 1 × 12 × 8: 27 to train, 3 to test; values in [0, 1]" in out(seen)
    assert out(seen).endswith("2 classes: egg, ham")
    assert warnings(seen) == ["So few items (30) a network may learn by heart."]


def test_a_folder_of_pictures_is_walked_not_decoded(tmp_path: Path) -> None:
    for name, count in (("cat", 20), ("dog", 2)):
        (tmp_path / name).mkdir()
        for n in range(count):
            Image.new("RGB", (8, 8)).save(tmp_path / name / f"{n}.png")
    (tmp_path / "cat/0.png").write_bytes(b"\x89PNG\r\n no picture")
    seen = ImageFolder(folder=str(tmp_path), size=16).preview()
    assert seen.item == [3, 16, 16]
    assert seen.counts == {"cat": 20, "dog": 2}
    assert out(seen).startswith("22 items of 3 × 16 × 16: 20 to train, 2 to test; values in [0, 1]")
    assert "Classes are uneven: cat comes 20 times, dog 2 times." in warnings(seen)
