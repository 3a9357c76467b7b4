"""Folders of pictures as people have them: wrappers, splits, links, depths, names."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nodes.data import memory
from nodes.data.folders import natural_key
from nodes.data.image_folder import ImageFolder
from nodes.data.mnist import MNIST
from nodes.errors import DataMissing


def paint(file: Path, colour: Any = (200, 90, 30)) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), colour).save(file)


def folder(root: Path, **given: Any) -> ImageFolder:
    node = ImageFolder(**{"folder": str(root), "size": 4, "test_share": 0.0} | given)
    before = node.known_classes()
    node.ensure_loaded()
    assert node.known_classes() == before
    return node


def said(node: ImageFolder) -> str:
    return "; ".join(map(str, node.notes()))


WRAPPED = {
    "plain": ("{kind}/{n}.png", "12 pictures; classes cat, dog (2)"),
    "one deeper": ("Pictures/{kind}/{n}.png", "12 pictures; classes cat, dog (2); inside Pictures"),
    "two deeper": ("a/b/{kind}/{n}.png", "12 pictures; classes cat, dog (2); inside a/b"),
    "nested": ("{kind}/2019/may/{n}.png", "12 pictures; classes cat, dog (2)"),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_wrappers_are_passed_through(tmp_path: Path, name: str) -> None:
    way, words = WRAPPED[name]
    for kind in ("cat", "dog"):
        for n in range(6):
            paint(tmp_path / way.format(kind=kind, n=n))
            paint(tmp_path / "__MACOSX" / way.format(kind=kind, n=f"._{n}"))
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    node = folder(tmp_path)
    assert (node.classes, said(node)) == (["cat", "dog"], words)
    assert sorted(node.labels.tolist()) == [0] * 6 + [1] * 6


@pytest.mark.parametrize(
    ("train", "test", "others"),
    [
        ("Training", "Testing", ""),
        ("train", "test", ""),
        ("TRAIN", "val", ""),
        ("seg_train/seg_train", "seg_test/seg_test", ""),
        ("training_set/training_set", "test_set/test_set", ""),
        ("x/train", "x/test", ""),
        ("train", "test", "val"),
    ],
)
def test_a_split_is_understood_and_said(tmp_path: Path, train: str, test: str, others: str) -> None:
    for part, count in ((train, 3), (test, 2), *([(others, 1)] if others else [])):
        for kind in ("cat", "dog"):
            for n in range(count):
                paint(tmp_path / part / kind / f"{n}.png")
    node = folder(tmp_path, test_share=0.5)
    assert node.classes == ["cat", "dog"]
    assert (len(node.items), len(node.test_items)) == (6, 4)
    words = f"split {Path(train).name}, {Path(test).name}"
    assert words in said(node)
    assert ("left out: val" in said(node)) == bool(others)


def test_a_single_class_is_no_wrapper(tmp_path: Path) -> None:
    paint(tmp_path / "cat/1.png")
    assert folder(tmp_path).classes == ["cat"]


def test_names_come_in_natural_order(tmp_path: Path) -> None:
    for name in ("10", "9", "1", "b 2", "b 10", "B 1"):
        paint(tmp_path / name / "1.png")
    assert folder(tmp_path).classes == ["1", "9", "10", "B 1", "b 2", "b 10"]
    assert sorted(["a10", "a2", "2", "10"], key=natural_key) == ["2", "10", "a2", "a10"]


def test_links_are_followed_and_circles_end(tmp_path: Path) -> None:
    paint(tmp_path / "far/cats/1.png")
    paint(tmp_path / "set/dog/1.png")
    (tmp_path / "set/cat").symlink_to(tmp_path / "far/cats")
    (tmp_path / "set/dog/again").symlink_to(tmp_path / "set")
    (tmp_path / "set/dog/gone.png").symlink_to(tmp_path / "nowhere.png")
    os.mkfifo(tmp_path / "set/dog/pipe.png")
    node = folder(tmp_path / "set")
    assert node.classes == ["cat", "dog"]
    assert len(node.items) == 2


def test_content_tells_a_picture_not_its_name(tmp_path: Path) -> None:
    paint(tmp_path / "cat/a.png")
    (tmp_path / "cat/b").write_bytes((tmp_path / "cat/a.png").read_bytes())
    (tmp_path / "cat/c.jpg").write_bytes((tmp_path / "cat/a.png").read_bytes())
    (tmp_path / "cat/notes.txt").write_text("no picture")
    (tmp_path / "cat/data.bin").write_bytes(b"no picture")
    for n in range(5):
        (tmp_path / f"cat/bad{n}.png").write_bytes(b"<html>")
    node = folder(tmp_path)
    assert len(node.items) == 3
    assert "5 cannot be read: cat/bad0.png, cat/bad1.png, cat/bad2.png, ..." in said(node)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_deep_pictures_share_one_scale(tmp_path: Path, bits: int) -> None:
    most = 2**bits - 1
    for n, value in enumerate((most, most // 2, 10)):
        Image.fromarray(np.full((6, 6), value, np.uint16)).save(tmp_path / f"{n}.png")
    node = folder(tmp_path, channels="grey")
    shares = sorted(node.items[:, 0, 0, 0].tolist())
    assert shares == pytest.approx([10 / most, 0.5, 1], abs=0.005)


def test_many_files_are_asked_for_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_FILES", 3)
    for n in range(5):
        paint(tmp_path / f"{n}.png")
    with pytest.raises(DataMissing, match="more than 3 files") as caught:
        folder(tmp_path)
    assert caught.value.place == "large"
    assert len(folder(tmp_path, large="read").items) == 5


def test_loading_can_be_stopped(tmp_path: Path) -> None:
    for n in range(40):
        paint(tmp_path / f"{n}.png")
    node = ImageFolder(folder=str(tmp_path), size=4)
    frames = node.fetch()
    first, second = next(frames), next(frames)
    assert (first.total, second.step > first.step) == (40, True)
    frames.close()
    assert not node.loaded
    assert len(node().images) == 36


# --- EMNIST and QMNIST ----------------------------------------------------------------------------


def put(file: Path, values: Any, kind: int = 8) -> None:
    data = struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    with gzip.open(file, "wb") as opened:
        opened.write(bytes([0, 0, kind, values.ndim]) + data)


def letters(root: Path, name: str, labels: list[int]) -> None:
    pictures = np.zeros((len(labels), 28, 28), np.uint8)
    pictures[:, 3, :] = 255  # a row in the file is a column of the picture
    for part in ("train", "test"):
        put(root / f"emnist-{name}-{part}-images-idx3-ubyte.gz", pictures)
        put(root / f"emnist-{name}-{part}-labels-idx1-ubyte.gz", np.array(labels, np.uint8))


SETS = {"letters": range(1, 27), "balanced": range(47), "byclass": range(62), "digits": range(10)}


@pytest.mark.parametrize("name", SETS)
def test_emnist_is_read_upright_with_its_names(tmp_path: Path, name: str) -> None:
    letters(tmp_path, name, list(SETS[name]))
    node = MNIST(folder=str(tmp_path))
    images, labels = node()
    assert node.length == 1
    assert sorted(labels.tolist()) == list(range(len(SETS[name])))
    assert len(node.classes) == len(SETS[name])
    assert (
        node.classes[-1] == {"letters": "Z", "balanced": "t", "byclass": "z", "digits": "9"}[name]
    )
    assert images[:, 0, :, 3].min() == 1


def test_one_of_several_sets_is_chosen_by_name(tmp_path: Path) -> None:
    letters(tmp_path, "letters", list(range(1, 27)))
    letters(tmp_path, "digits", list(range(10)))
    with pytest.raises(DataMissing, match="several sets: letters, digits") as caught:
        MNIST(folder=str(tmp_path))()
    assert caught.value.place == "variant"
    node = MNIST(folder=str(tmp_path), variant="letters")
    node()
    assert node.classes[0] == "A"


def test_letters_under_the_names_of_mnist_are_known_by_their_classes(tmp_path: Path) -> None:
    letters(tmp_path, "letters", list(range(1, 27)))
    for file in list(tmp_path.iterdir()):
        part = "train" if "-train-" in file.name else "t10k"
        file.rename(file.with_name(f"{part}-{file.name.split('-', 3)[3]}"))
    node = MNIST(folder=str(tmp_path))
    assert node().images[:, 0, :, 3].min() == 1
    assert "".join(node.classes) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_qmnist_s_labels_are_the_first_of_eight_numbers(tmp_path: Path) -> None:
    labels = np.zeros((20, 8), ">i4")
    labels[:, 0], labels[:, 2] = np.arange(20) % 10, 4000
    for part in ("train", "test"):
        put(tmp_path / f"qmnist-{part}-images-idx3-ubyte.gz", np.zeros((20, 28, 28), np.uint8))
        put(tmp_path / f"qmnist-{part}-labels-idx2-int.gz", labels, kind=0x0C)
    node = MNIST(folder=str(tmp_path))
    assert sorted(node().labels.tolist()) == sorted(list(range(10)) * 2)
    assert node.peek() == 20
