"""Array files: what is read from them, and what is said of bad ones."""

import io
import pickle
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nodes.data.array_file import ArrayFile
from nodes.errors import DataMissing, ParamRefused, Refusal
from nodes.types import SIGNED, UNIT, Range


def table(path: Path, text: str) -> str:
    path.write_bytes(text.encode())
    return str(path)


def sorted_rows(node: ArrayFile) -> list[list[float]]:
    """Return each row with its label, whatever the order."""
    _, points, labels = node.train()()
    return sorted([*p, label] for p, label in zip(points.tolist(), labels.tolist(), strict=True))


def from_text(tmp_path: Path, text: str, **given: Any) -> list[list[float]]:
    node = ArrayFile(file=table(tmp_path / "t.csv", text), test_share=0.0, **given)
    sketch, real = node.sketch(), node()
    assert sketch.points.shape[1:] == real.points.shape[1:]
    node.restart()
    return sorted_rows(node)


def refusal(node: ArrayFile) -> Refusal:
    with pytest.raises((DataMissing, ParamRefused)) as caught:
        node()
    return caught.value


# --- tables ---------------------------------------------------------------------------------------

ROWS = [[1.0, 2.5, 0], [3.0, -4.0, 1]]


@pytest.mark.parametrize(
    "text",
    [
        "a,b,label\n1,2.5,0\n3,-4,1\n",
        "label,a,b\n0,1,2.5\n1,3,-4\n",
        "\ufeffa,b,Label\r\n1,2.5,0\r\n3,-4,1\r\n",
        "a;b;class\n1,0;2,5;0\n3;-4;1\n",
        "a\tb\ttarget\n1\t2.5\t0\n\n3\t-4\t1",
        "1,2.5,cat\n3,-4,dog\n",
        '"a","b","kind"\n"1","2.5","cat, tame"\n"3","-4","dog"\n',
        ",a,b,label\n0,1,2.5,0\n1,3,-4,1\n",
        "# a b label\n1.0 2.5 0\n3.0 -4.0 1\n",
    ],
    ids=["plain", "first", "bom", "decimal-comma", "tabs", "text", "quoted", "pandas", "numpy"],
)
def test_a_table_is_read_however_it_is_written(tmp_path: Path, text: str) -> None:
    assert from_text(tmp_path, text) == ROWS


def test_points_named_x_and_y_are_points(tmp_path: Path) -> None:
    assert from_text(tmp_path, "x,y\n1,2\n3,4\n") == [[1, 2, 0], [3, 4, 0]]


@pytest.mark.parametrize("label", ["c", "C", "3", "-1"])
def test_the_label_column_is_chosen_by_name_or_number(tmp_path: Path, label: str) -> None:
    rows = from_text(tmp_path, "a,b,c\n1,2,7\n3,4,9\n", label=label)
    assert rows == [[1, 2, 7], [3, 4, 9]]


def test_labels_may_be_left_among_the_numbers(tmp_path: Path) -> None:
    assert from_text(tmp_path, "a,label\n1,2\n", label="-") == [[1, 2, 0]]


def test_numbers_as_header(tmp_path: Path) -> None:
    text = "0,1\n5,6\n7,8\n"
    assert len(from_text(tmp_path, text)) == 3
    assert from_text(tmp_path, text, header="yes") == [[5, 6, 0], [7, 8, 0]]


def test_rows_become_pictures(tmp_path: Path) -> None:
    text = "label,0,1,2,3\n3,0,255,51,0\n4,0,0,0,255\n"
    node = ArrayFile(file=table(tmp_path / "t.csv", text), picture=[2, 2], test_share=0.0)
    assert node.ranges() == {"images": UNIT, "points": UNIT, "labels": Range(0, 4)}
    assert node.sketch().images.shape[1:] == (1, 2, 2)
    images, points, labels = node()
    three = images[labels == 3]
    assert three.tolist() == [[[[0.0, 1.0], [pytest.approx(0.2), 0.0]]]]
    assert points.shape == (2, 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "no line after its header"),
        ("a,b\n1,2\n3,nan\n", r"line 3, b: 'nan', a gap"),
        ("a,b\n1,2\n\n3,\n", r"line 4, b: empty"),
        ("a,b\n1,2\n3,inf\n", r"line 3, b: 'inf' is no number"),
        ("a,b\n1,2\n3,x\n", r"line 3, b: 'x' is no number"),
        ("a,b\n1,2\n3\n", r"line 3: cells are 1, not 2"),
        ("a,b\nx,y\n", "no column of numbers"),
        ("label\n1\n2\n", "no column of numbers"),
        ("a,label\n1,2\n2,\n", "line 3, label: no class"),
        ("a\0b", "it is no text"),
    ],
)
def test_a_bad_table_is_named_with_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    error = refusal(ArrayFile(file=table(tmp_path / "t.csv", text)))
    assert said in error.sentence
    assert "t.csv" in error.sentence
    assert error.fix


def test_an_unknown_column_is_refused_before_run(tmp_path: Path) -> None:
    node = ArrayFile(file=table(tmp_path / "t.csv", "a,b\n1,2\n"), label="species")
    with pytest.raises(ParamRefused, match="no column species; there are a, b") as caught:
        node.sketch()
    assert caught.value.place == "label"


def test_coordinates_are_standardised_by_the_training_part(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.random.default_rng(0).normal([5, -3, 1], [2, 0.1, 0], (500, 3)))
    node = ArrayFile(file=str(tmp_path / "p.npy"), standardise=True, batch=450, test_share=0.1)
    points = node().points
    assert torch.allclose(points.mean(0), torch.zeros(3), atol=1e-5)
    assert points.std(0, correction=0).tolist() == pytest.approx([1, 1, 0], abs=1e-5)
    assert torch.isfinite(node.eval()().points).all()


# --- arrays ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "item"),
    [
        ((20,), (1, 1, 1)),
        ((20, 5), (1, 1, 5)),
        ((20, 6, 7), (1, 6, 7)),
        ((20, 3, 6, 7), (3, 6, 7)),
        ((20, 6, 7, 3), (3, 6, 7)),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float64, np.int32, ">f4", np.float16, bool])
def test_any_array_of_numbers_is_read(
    tmp_path: Path, shape: tuple[int, ...], item: tuple[int, ...], dtype: Any
) -> None:
    values = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    np.save(tmp_path / "a.npy", values)
    node = ArrayFile(file=str(tmp_path / "a.npy"), test_share=0.0, batch=20)
    sketch, real = node.sketch(), node()
    assert [(s.shape, s.dtype) for s in sketch] == [(t.shape, t.dtype) for t in real]
    assert real.images.shape == (20, *item)
    assert node.sign() == "train 20"
    assert float(real.points.double().sum()) == float(values.astype(float).sum())


def test_channels_last_are_turned_not_torn(tmp_path: Path) -> None:
    values = np.zeros((2, 5, 6, 3), np.uint8)
    values[..., 1] = 255
    np.save(tmp_path / "a.npy", values)
    images = ArrayFile(file=str(tmp_path / "a.npy"), test_share=0.0)().images
    assert images[:, 1].min() == 1
    assert images[:, [0, 2]].max() == 0


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (0.0, 1.0, (0, 1)),
        (-1.0, 1.0, (0, 1)),
        (0.0, 255.0, (0, 1)),
        (-7.0, 900.0, (0, 1)),
        (0.0, 0.5, (0, 0.5)),
    ],
)
@pytest.mark.parametrize("into", ["[0, 1]", "[-1, 1]"])
def test_pixels_come_into_range(
    tmp_path: Path, low: float, high: float, ends: tuple[float, float], into: Any
) -> None:
    np.save(tmp_path / "a.npy", np.linspace(low, high, 160).reshape(10, 4, 4))
    node = ArrayFile(file=str(tmp_path / "a.npy"), test_share=0.0, range=into)
    images = node().images
    wanted = ends if into == "[0, 1]" else tuple(2 * e - 1 for e in ends)
    assert (float(images.min()), float(images.max())) == pytest.approx(wanted)
    assert node.ranges()["images"] == (UNIT if into == "[0, 1]" else SIGNED)


def test_points_have_no_range(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((3, 2)))
    assert ArrayFile(file=str(tmp_path / "a.npy")).ranges() == {}


def test_an_archive_brings_labels_and_its_own_split(tmp_path: Path) -> None:
    file = tmp_path / "mnist.npz"
    np.savez_compressed(
        file,
        x_train=np.zeros((8, 4, 4), np.uint8),
        y_train=np.arange(8),
        x_test=np.ones((3, 4, 4), np.uint8),
        y_test=np.array([5, 6, 7]),
    )
    node = ArrayFile(file=str(file))
    assert sorted(node().labels.tolist()) == list(range(8))
    assert node.eval()().labels.tolist() == [5, 6, 7]


@pytest.mark.parametrize("labels", ["abcabcab", [1, 2, 3, 1, 2, 3, 1, 2]])
def test_a_class_has_one_number_in_both_parts(tmp_path: Path, labels: Any) -> None:
    """The test part lacks the first class: it must not move the others."""
    classes, numbers = np.unique(np.array(list(labels)), return_inverse=True)
    items = numbers[:, None].astype(np.float32)
    last = numbers > 0
    file = tmp_path / "a.npz"
    parts = {"x_train": items, "y_train": np.array(list(labels))}
    tests = {"x_test": items[last], "y_test": np.array(list(labels))[last]}
    np.savez(file, **parts, **tests)
    node = ArrayFile(file=str(file))
    assert node.known_classes() == [str(c) for c in classes]
    for mode in (True, False):
        batch = node.train(mode)()
        assert torch.equal(batch.points[:, 0].long(), batch.labels)
    assert node.classes == node.known_classes() == [str(c) for c in classes]


def test_arrays_are_chosen_by_name(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez(file, first=np.zeros((4, 2)), second=np.ones((4, 3)), kinds=np.array(list("abca")))
    with pytest.raises(DataMissing, match="holds first, second, kinds") as caught:
        ArrayFile(file=str(file)).sketch()
    assert caught.value.place == "array"
    node = ArrayFile(file=str(file), array="second", label="kinds", test_share=0.0)
    assert sorted(node().labels.tolist()) == [0, 0, 1, 2]
    said = ["items from second", "classes from kinds", "other arrays: first"]
    assert [*map(str, node.notes())] == [*map(str, node.preview().notes)] == said
    with pytest.raises(DataMissing, match="no array third"):
        ArrayFile(file=str(file), array="third").sketch()


def npz_with(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=True)
    return buffer.getvalue()


class Evil:
    """What a pickle would call."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


GOOD = npy(np.ones((10, 4)))
BAD = {
    "object.npy": (npy(np.array([Evil()], dtype=object)), "Python objects"),
    "object.npz": (npz_with("x.npy", npy(np.array([Evil()], dtype=object))), "Python objects"),
    "pickle.npy": (pickle.dumps(Evil()), "cannot be read"),
    "pickle.npz": (pickle.dumps(Evil()), "cannot be read"),
    "cut.npy": (GOOD[:-1], "more than it has"),
    "head.npy": (GOOD[:20], "cannot be read"),
    "empty.npy": (b"", "cannot be read"),
    "empty.npz": (b"", "cannot be read"),
    "nothing.npz": (npz_with("readme.txt", b"hello"), "holds nothing"),
    "cut.npz": (npz_with("x.npy", GOOD)[:-30], "cannot be read"),
    "inner.npz": (npz_with("x.npy", GOOD[:-8]), "more than it has"),
    "huge.npy": (GOOD.replace(b"(10, 4)", b"(9999999999, 4)"), "cannot be read"),
    "complex.npy": (npy(np.ones(3, complex)), "complex128, not numbers"),
    "text.npy": (npy(np.array(["a", "b"])), "holds text"),
    "none.npy": (npy(np.ones((0, 4))), "no items"),
    "scalar.npy": (npy(np.array(3.0)), "one number, no items"),
    "text.npz": (b"x,y", "no .npz file, or not a whole one"),
    "nan.npy": (npy(np.array([[1.0], [np.nan], [np.inf]])), "2 of 3 items; the first is item 1"),
    "axes.npy": (npy(np.ones((2, 2, 2, 2, 2))), "4 axes"),
    "table.xlsx": (b"PK", "no .npz, .npy, .csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_array_is_named_with_its_fault(tmp_path: Path, name: str) -> None:
    data, said = BAD[name]
    (tmp_path / name).write_bytes(data)
    error = refusal(ArrayFile(file=str(tmp_path / name)))
    assert said in error.sentence
    assert error.fix
    assert error.place == ("array" if name == "nothing.npz" else "file")
    node = ArrayFile(file=str(tmp_path / name))
    for ask in (node.preview, node.sketch, node.peek, node.known_classes, node.notes, node.sign):
        with suppress(Refusal):
            ask()


def test_no_file_or_none_there(tmp_path: Path) -> None:
    assert "No file is chosen" in refusal(ArrayFile()).sentence
    assert "There is no file" in refusal(ArrayFile(file=str(tmp_path / "a.npy"))).sentence
    assert ArrayFile().sign() == ""


@pytest.mark.parametrize("labels", [np.arange(5), np.ones((10, 2)), np.full(10, 0.5)])
def test_labels_that_are_none_are_refused(tmp_path: Path, labels: Any) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((10, 2)), y=labels)
    assert refusal(ArrayFile(file=str(tmp_path / "a.npz"))).place == "label"


def test_a_row_may_mark_its_class(tmp_path: Path) -> None:
    classes = np.array([2, 0, 1, 2, 2, 0])
    np.savez(tmp_path / "a.npz", x=classes[:, None], y=np.eye(3)[classes])
    node = ArrayFile(file=str(tmp_path / "a.npz"), test_share=0.0)
    assert node.known_classes() == ["0", "1", "2"]
    batch = node()
    assert torch.equal(batch.points[:, 0].long(), batch.labels)


SCALES = {"the same": (255, np.uint8, True), "fractions": (1, np.float32, False)}


@pytest.mark.parametrize("name", SCALES)
def test_two_parts_have_one_scale(tmp_path: Path, name: str) -> None:
    most, kind, fits = SCALES[name]
    pixels = np.linspace(0, 1, 4 * 25).reshape(4, 5, 5)
    train, test = (255 * pixels).astype(np.uint8), (most * pixels).astype(kind)
    np.savez(tmp_path / "a.npz", x_train=train, x_test=test)
    node = ArrayFile(file=str(tmp_path / "a.npz"))
    if fits:
        assert node.eval()().images.max() == 1
    else:
        assert (
            "test items go from 0 to 1, its training items from 0 to 255" in refusal(node).sentence
        )


def test_dark_bytes_are_no_fractions(tmp_path: Path) -> None:
    train, test = np.full((4, 5, 5), 255, np.uint8), np.ones((4, 5, 5), np.uint8)
    np.savez(tmp_path / "a.npz", x_train=train, x_test=test)
    assert ArrayFile(file=str(tmp_path / "a.npz")).eval()().images.max() == 1 / 255


def test_a_test_part_needs_labels_where_the_other_has_some(tmp_path: Path) -> None:
    parts = {"x_train": np.ones((4, 2)), "x_test": np.ones((4, 2)), "y_train": np.arange(4)}
    np.savez(tmp_path / "a.npz", **parts)
    error = refusal(ArrayFile(file=str(tmp_path / "a.npz")))
    assert "its test items have none" in error.sentence
    assert error.place == "label"
    assert ArrayFile(file=str(tmp_path / "a.npz"), label="-")().labels.tolist() == [0] * 4


def test_a_picture_that_rows_do_not_fill_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((3, 10)))
    error = refusal(ArrayFile(file=str(tmp_path / "a.npy"), picture=[3, 3]))
    assert "product is 10" in error.sentence
    assert error.place == "picture"


def test_one_item(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((1, 2)))
    node = ArrayFile(file=str(tmp_path / "a.npy"))
    assert node().points.shape == node.eval()().points.shape == (1, 2)


def test_another_file_is_loaded_anew(tmp_path: Path) -> None:
    for number in (1, 2):
        np.save(tmp_path / f"{number}.npy", np.full((4, number), float(number)))
    node = ArrayFile(file=str(tmp_path / "1.npy"))
    node()
    node.set("file", str(tmp_path / "2.npy"))
    assert node().points.shape[1] == 2


@pytest.mark.parametrize(("mean", "said"), [(1e6, False), (1e8, True)])
def test_a_column_far_from_0_for_its_spread_is_named(
    tmp_path: Path, mean: float, said: bool
) -> None:
    """Deviations of 100 are 1e4 and 1e6 of them away: only then does float32 lose them."""
    spread = np.random.default_rng(0).normal(scale=100, size=(50, 2))
    rows = "\n".join(f"{x:.3f},{y:.3f}" for x, y in spread + np.array([0.0, mean]))
    node = ArrayFile(file=table(tmp_path / "far.csv", f"x,y\n{rows}\n"), standardise=False)
    node()
    assert any("differences are lost" in str(note) for note in node.notes()) == said
