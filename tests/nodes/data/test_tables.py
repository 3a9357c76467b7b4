"""Tables as people have them: read as they are meant, and every choice said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.data import scan, table
from nodes.data.array_file import ArrayFile
from nodes.errors import DataMissing, ParamRefused, Refusal

INPUTS = Path(__file__).parents[2] / "inputs" / "tables"
ROWS = [(0.942, 0.207), (-0.68, 3.741), (-1.016, -2.856), (12.179, 1.338), (0.062, 3.388)]


def read(file: Path, **params: Any) -> ArrayFile:
    node = ArrayFile(file=str(file), test_share=0.0, batch=65536, **params)
    node.sketch()
    before = node.known_classes()
    node.ensure_loaded()
    assert before in (node.classes, [])
    return node


def rows_of(node: ArrayFile) -> list[list[float]]:
    return sorted(node.items.flatten(1).tolist())


def said(node: ArrayFile) -> str:
    return "; ".join(map(str, node.notes()))


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("three_text_columns.csv", ["Adelie", "Gentoo"]),
        ("labels_from_1.csv", ["1", "2", "3"]),
    ],
)
def test_classes_are_known_before_a_table_is_loaded(name: str, classes: list[str]) -> None:
    node = ArrayFile(file=str(INPUTS / name))
    assert node.known_classes() == classes
    assert not node.loaded


def test_none_is_a_class_among_words(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x,smoke\n" + "".join(f"{n},{w}\n" for n in range(9) for w in ("none", "some")))
    node = read(file)
    assert node.classes == ["none", "some"]
    assert said(node) == "18 rows; x numbers; class from smoke (2)"


def refused(file: Path, **params: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(file, **params)
    return caught.value


# --- what people sent -----------------------------------------------------------------------------

FIELD = {
    "before.csv": ((60, 2), "60 rows; x, y numbers"),
    "tab_comma.txt": ((60, 2), "60 rows; x, y numbers; decimal commas"),
    "gsheet_fr.csv": ((60, 2), "60 rows; x, y numbers; decimal commas"),
    "dates.csv": ((60, 1), "60 rows; Temperatur numbers; left out: Datum; decimal commas"),
    "percent.csv": ((60, 2), "60 rows; x (%), y numbers; 1.9% read as 1.9"),
    "thousand_us_quoted.csv": ((60, 2), "60 rows; price, area numbers; 1,941 read as 1941"),
    "r_write_table.txt": ((60, 2), "60 rows; x, y numbers; left out: row names"),
    "labels_from_1.csv": ((450, 2), "450 rows; x, y numbers; class from class (3)"),
    "id_column.csv": (
        (60, 2),
        "60 rows; SepalLengthCm, SepalWidthCm numbers; class from Species (2); left out: Id",
    ),
    "three_text_columns.csv": (
        (60, 2),
        "60 rows; bill_length_mm, bill_depth_mm numbers; class from species (2); "
        "left out: island, sex",
    ),
    "pandas_default.csv": ((60, 2), "60 rows; 0, 1 numbers; left out: column 1 (counts rows)"),
    "thousands.csv": ((2, 2), "2 rows; a, b numbers; 1,000 read as 1000"),
}


@pytest.mark.parametrize("name", FIELD)
def test_a_table_of_the_field_is_read_and_said(name: str) -> None:
    shape, words = FIELD[name]
    node = read(INPUTS / name)
    assert tuple(node.items.flatten(1).shape) == shape
    assert said(node) == words


@pytest.mark.parametrize("name", ["tab_comma.txt", "gsheet_fr.csv", "r_write_table.txt"])
def test_the_same_numbers_come_out_however_they_are_written(name: str) -> None:
    assert rows_of(read(INPUTS / name))[:2] == [
        pytest.approx([-2.321, 2.768]),
        pytest.approx([-1.982, 3.576]),
    ]


def test_prices_with_thousands_are_prices() -> None:
    assert read(INPUTS / "thousand_us_quoted.csv").items.amin((0, 1, 2)).tolist() == pytest.approx(
        [1070.0, -1.09], abs=0.01
    )


def test_labels_from_one_are_brought_to_nought_and_keep_their_names() -> None:
    node = read(INPUTS / "labels_from_1.csv")
    assert sorted(set(node.labels.tolist())) == [0, 1, 2]
    assert node.classes == ["1", "2", "3"]


def test_large_offsets_keep_their_differences() -> None:
    node = read(INPUTS / "utm_scan.csv", standardise=True)
    wanted = len(np.unique(np.loadtxt(INPUTS / "utm_scan.csv", delimiter=",", skiprows=1)[:, 1]))
    assert len(node.items[..., 1].unique()) == wanted == 494
    assert "north: differences are lost unless" in said(read(INPUTS / "utm_scan.csv"))


GAPS = {
    "missing_na.csv": ("6 of 60: line 9, x: 'NA', a gap; line 19, x: 'NA', a gap; line 29", 54),
    "NA.csv": ("1 of 2: line 2, b: 'NA', a gap", 1),
    "ragged_long.csv": ("1 of 2: line 3: cells are 3, not 2", 1),
    "longcell.csv": ("1 of 2: line 2, a: 111111111111111111111111111111111111111… is too large", 1),
}


@pytest.mark.parametrize("name", GAPS)
def test_gaps_are_refused_with_their_places_or_left_out_and_counted(name: str) -> None:
    words, left = GAPS[name]
    error = refused(INPUTS / name)
    assert words in error.sentence
    assert (error.place, bool(error.fix)) == ("missing", True)
    node = read(INPUTS / name, missing="leave out")
    assert len(node.items) == left
    assert "rows with gaps left out: " in said(node)
    assert np.isfinite(node.items.numpy()).all()


def test_gaps_are_filled_by_the_mean(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,5\nNA,6\n3,\n")
    node = read(tmp_path / "t.csv", missing="fill")
    assert rows_of(node) == [[1, 5], [2, 6], [3, 5.5]]
    assert "rows with gaps filled by the mean: 2" in said(node)


def test_numbers_too_large_for_single_precision_are_named(tmp_path: Path) -> None:
    error = refused(INPUTS / "huge_f64.npy")
    assert "beyond 3.4e+38 in 40 of 40 items; the first: item 0, number 0" in error.sentence
    assert error.place == "standardise"
    assert np.isfinite(read(INPUTS / "huge_f64.npy", standardise=True).items.numpy()).all()
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,1e300\n")
    assert "line 3, b: 1e+300" in refused(tmp_path / "t.csv").sentence


# --- every way to write a table -------------------------------------------------------------------


def point(value: float) -> str:
    return f"{value:.3f}"


def comma(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def quoted(text: str) -> str:
    return f'"{text}"'


WRITTEN = {
    "comma": ("{x},{y}\n", point),
    "semicolon": ("{x};{y}\n", comma),
    "semicolon, points": ("{x};{y}\n", point),
    "tab": ("{x}\t{y}\n", point),
    "tab, decimal commas": ("{x}\t{y}\n", comma),
    "space": ("{x} {y}\n", point),
    "space, decimal commas": ("{x} {y}\n", comma),
    "aligned": ("  {x:>14}   {y:>14}\n", point),
    "bar": ("{x}|{y}\n", point),
    "quoted": ('"{x}","{y}"\n', comma),
    "spaced commas": ("{x}, {y}\n", point),
    "trailing": ("{x},{y},\n", point),
}
HEADS = {
    "names": lambda row: row.format(x="x", y="y"),
    "none": lambda row: "",
    "preamble": lambda row: "Logger v2\nmade 2019-01-02\n" + row.format(x="x", y="y"),
    "comments": lambda row: "# by me, at home\n# x and y\n" + row.format(x="x", y="y"),
    "units": lambda row: row.format(x="t", y="F") + row.format(x="s", y="N"),
}
ENCODED = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")


@pytest.mark.parametrize("encoding", ENCODED)
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("way", WRITTEN)
def test_a_table_is_read_in_whatever_dialect(
    tmp_path: Path, way: str, head: str, encoding: str
) -> None:
    row, number = WRITTEN[way]
    rows = [row.format(x=number(x), y=number(y)) for x, y in ROWS]
    (tmp_path / "t.csv").write_bytes((HEADS[head](row) + "".join(rows)).encode(encoding))
    node = read(tmp_path / "t.csv")
    assert rows_of(node) == [pytest.approx(r) for r in sorted(map(list, ROWS))]
    assert said(node).startswith("5 rows; ")


@pytest.mark.parametrize(
    "texts",
    [
        ("1,234.5", "2,000.25", "1,000,000.5"),
        ("1.234,5", "2.000,25", "1.000.000,5"),
        ("1 234,5", "2 000,25", "1 000 000,5"),
        ("1\u202f234,5", "2\u202f000,25", "1\u00a0000\u00a0000,5"),
        ("1'234.5", "2'000.25", "1'000'000.5"),
        ("$1,234.50", "$2,000.25", "$1,000,000.50"),
        ("1.234,5 €", "2.000,25 €", "1.000.000,5 €"),
        ("1234.5", "2000.25", "1.0000005E6"),
        ("1234.5D0", "2000.25d+00", "1000000.5"),
        ("+1234.5", "2000.25", "1000000.5"),
        ("0x4D2", "0x7D0", "0xF4240"),
    ],
)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, texts: tuple[str, ...]) -> None:
    lines = [f'"{text}",{n}.25\n' for n, text in enumerate(texts)]
    (tmp_path / "t.csv").write_text("price,n\n" + "".join(lines), "utf-8")
    wanted = [1234.5, 2000.25, 1000000.5]
    whole = texts[0][:2] == "0x"
    found = [r[0] for r in rows_of(read(tmp_path / "t.csv"))]
    assert found == pytest.approx([float(int(w)) if whole else w for w in wanted], abs=0.06)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 3)), min_size=3, max_size=30))
@settings(max_examples=60, deadline=None)
def test_no_number_is_ever_another(tmp_path_factory: Any, values: list[float]) -> None:
    folder = tmp_path_factory.mktemp("t")
    for name, lines in {
        "a.csv": [f"{point(v)},{point(-v)}" for v in values],
        "b.csv": [f"{comma(v)};{comma(-v)}" for v in values],
        "c.txt": [f"{v!r}\t{-v!r}" for v in values],
    }.items():
        (folder / name).write_text("u\n".replace("u", "u,v" if "a" in name else "u;v"), "utf-8")
        separator = {"a.csv": ",", "b.csv": ";", "c.txt": "\t"}[name]
        text = separator.join(("u", "v")) + "\n" + "\n".join(lines) + "\n"
        (folder / name).write_text(text, "utf-8")
        wanted = sorted([np.float32(v), np.float32(-v)] for v in values)
        assert rows_of(read(folder / name)) == [pytest.approx(w, rel=1e-6) for w in wanted]


# --- columns --------------------------------------------------------------------------------------

PENGUINS = "rowid,species,mass,year,when\n" + "".join(
    f"{n},{'Adelie' if n % 2 else 'Gentoo'},{3000 + n},{2007 + n % 3},2019-0{1 + n % 9}-11\n"
    for n in range(1, 31)
)


def roles(path: Path, **given: Any) -> dict[str, str]:
    how = table.plan(path, scan.Form(), label=given.get("label"), columns=given.get("columns"))
    return {column.name: column.role for column in how.columns}


def test_roles_are_guessed_and_chosen(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(PENGUINS)
    guessed = {
        "rowid": "leave out", "species": "class", "mass": "number", "year": "number",
        "when": "leave out",
    }  # fmt: skip
    assert roles(file) == guessed
    chosen = json.dumps({"year": "class", "species": "leave out", "when": "date", "1": "number"})
    assert roles(file, columns=chosen) == {
        "rowid": "number", "species": "leave out", "mass": "number", "year": "class",
        "when": "date",
    }  # fmt: skip
    node = read(file, columns=chosen)
    assert node.items.shape[-1] == 3
    assert node.items[..., 2].min() == 0  # days from the first


@pytest.mark.parametrize(
    "texts", ["2019-06-{n:02d} 09:00", "{n:02d}.06.2019", "id {n}", "00:{n}:0"]
)
def test_dates_and_words_that_all_differ_are_never_a_class(tmp_path: Path, texts: str) -> None:
    lines = [f"{texts.format(n=n)},{n / 7:.3f}" for n in range(10, 28)]
    (tmp_path / "t.csv").write_text("when,y\n" + "\n".join(lines))
    node = read(tmp_path / "t.csv")
    assert set(node.labels.tolist()) == {0}
    assert "left out: when" in said(node)


@pytest.mark.parametrize(
    ("columns", "label", "place"),
    [
        ('{"nobody": "class"}', None, "columns"),
        ("kind class", None, "columns"),
        ('{"mass": "colour"}', None, "columns"),
        ('{"species": "class", "year": "class"}', None, "columns"),
        (None, "nobody", "label"),
    ],
)
def test_choices_that_cannot_be_are_refused_before_run(
    tmp_path: Path, columns: str, label: str, place: str
) -> None:
    (tmp_path / "t.csv").write_text(PENGUINS)
    with pytest.raises((ParamRefused, DataMissing)) as caught:
        ArrayFile(file=str(tmp_path / "t.csv"), columns=columns, label=label).sketch()
    assert caught.value.place == place


def test_the_plan_says_for_every_column_why(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(PENGUINS)
    how = table.plan(tmp_path / "t.csv", scan.Form(), label=None)
    assert [c.why for c in how.columns] == [
        "counts rows", "2 words, repeated", "30 numbers", "3 whole numbers, repeated", "dates",
    ]  # fmt: skip
    assert len(how.preview) == scan.SHOWN


# --- large, and not at all ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"# nothing here\n", "no line after its header"),
        (b"a,b\n", "no line after its header"),
        (b"a,b\nx,y\nz,w\n", "no column of numbers: "),
        (b"PK\x03\x04\0\0\0\0\x08\0\0\0", "is no text"),
        (bytes(range(256)) * 20, "is no text"),
    ],
)
def test_what_is_no_table_is_said(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    error = refused(tmp_path / "t.csv")
    assert words in error.sentence
    assert error.fix


def test_rows_beyond_those_looked_at_are_read_by_the_same_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "LOOK", 400)
    monkeypatch.setattr(table, "BLOCK", 64)
    lines = [f"{n},{n / 8}" for n in range(500)]
    (tmp_path / "t.csv").write_text("a,b\n" + "\n".join(lines))
    node = read(tmp_path / "t.csv")
    assert rows_of(node) == [[n, n / 8] for n in range(500)]
    (tmp_path / "u.csv").write_text("a,b\n" + "\n".join([*lines, "7,seven"]))
    assert "1 of 501: line 502, b: 'seven' is no number" in refused(tmp_path / "u.csv").sentence


def test_a_file_that_changes_is_looked_at_anew(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,b\n1,2\n")
    assert ArrayFile(file=str(file)).item_shape()[-1] == 2
    file.write_text("a,b,c\n1,2,3\n")
    assert ArrayFile(file=str(file)).item_shape()[-1] == 3


# --- marks of gaps --------------------------------------------------------------------------------


def with_mark(file: Path, mark: str, values: list[float]) -> ArrayFile:
    cells = [f"{v}" for v in values] + [mark, mark]
    file.write_text("x,y\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells)))
    return ArrayFile(file=str(file))


@pytest.mark.parametrize("mark", ["-999", "-9999.0", "99999", "-99"])
def test_a_number_that_may_mark_gaps_is_asked_about_and_taken_so(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "a.csv"
    (doubt,) = with_mark(file, mark, [0.5, 3.25, 7.0, 9.75]).doubts()
    assert str(doubt.sentence).startswith(f"{mark} comes again in x, far from all other numbers")
    assert (doubt.param, doubt.value) == ("gaps", mark)
    node = read(file, gaps=mark, missing="leave out")
    assert node.doubts() == []
    assert sorted(node.items[..., 0].flatten().tolist()) == [0.5, 3.25, 7.0, 9.75]
    assert "line 6, x: empty" in said(node)


@pytest.mark.parametrize(
    ("mark", "values"),
    [("99", [3.0, 45.0, 98.0]), ("-999", [-1200.0, 40.0]), ("7", [0.0, 1.0]), ("-999", [5.0, 5.0])],
)
def test_an_ordinary_number_is_not_asked_about(
    tmp_path: Path, mark: str, values: list[float]
) -> None:
    assert with_mark(tmp_path / "a.csv", mark, values).doubts() == []


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["9.4 %", "12 %"], "9.4 % read as 9.4"),
        (["$1,234,567.25", "$3.5"], "$1,234,567.25 read as 1234567.25"),
        (["(4)", "5"], "(4) read as -4"),
        (["0x10", "0xff"], "0x10 read as 16"),
        (["1.5", "2.5"], ""),
    ],
)
def test_what_was_made_of_a_cell_is_said(tmp_path: Path, cells: list[str], words: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x;y\n" + "".join(f"{cell};{n}.5\n" for n, cell in enumerate(cells)))
    told = said(ArrayFile(file=str(file)))
    assert words in told if words else "read as" not in told
