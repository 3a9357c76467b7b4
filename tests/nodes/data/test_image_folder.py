"""Image folders: classes, sizes, and pictures that cannot be read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nodes.data.image_folder import ImageFolder
from nodes.errors import DataMissing


def paint(file: Path, colour: Any, *, size: tuple[int, int] = (12, 8), mode: str = "RGB") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(file)
    return file


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    for number in range(4):
        paint(tmp_path / f"cats/{number}.png", "red")
        paint(tmp_path / f"dogs/deep/{number}.PNG", "blue")
    return tmp_path


def node(folder: Path, **given: Any) -> ImageFolder:
    return ImageFolder(**{"folder": str(folder), "size": 4, "test_share": 0.0} | given)


def test_sub_folders_are_classes(zoo: Path) -> None:
    folder = node(zoo)
    images, labels = folder()
    assert images.shape == (8, 3, 4, 4)
    assert folder.classes == ["cats", "dogs"]
    assert torch.equal(images[:, 0, 0, 0], (labels == 0).float())
    assert torch.equal(images[:, 2, 0, 0], (labels == 1).float())
    assert folder.sign() == "train 8"


def test_a_flat_folder_is_one_class(tmp_path: Path) -> None:
    paint(tmp_path / "a.png", "white")
    paint(tmp_path / ".hidden/b.png", "white")
    assert node(tmp_path)().labels.tolist() == [0]


@pytest.mark.parametrize("test", ["test", "val"])
def test_a_split_of_its_own_is_kept(tmp_path: Path, test: str) -> None:
    for part, count in (("train", 5), (test, 2)):
        for kind in ("a", "b"):
            for number in range(count):
                paint(tmp_path / part / kind / f"{number}.png", "white")
    folder = node(tmp_path, test_share=0.5)
    assert sorted(folder().labels.tolist()) == [0] * 5 + [1] * 5
    assert folder.eval()().labels.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(("channels", "count"), [("grey", 1), ("colour", 3)])
def test_a_sketch_is_what_comes(zoo: Path, channels: Any, count: int) -> None:
    folder = node(zoo, channels=channels, batch=3)
    sketch, real = folder.sketch(), folder()
    assert [(s.shape, s.dtype) for s in sketch] == [(t.shape, t.dtype) for t in real]
    assert real.images.shape == (3, count, 4, 4)


@pytest.mark.parametrize(
    ("mode", "colour", "value"),
    [
        ("L", 255, 1.0),
        ("1", 1, 1.0),
        ("P", 255, None),
        ("RGBA", (0, 0, 0, 0), 1.0),  # a transparent black lies on white
        ("LA", (0, 255), 0.0),
        ("CMYK", (0, 0, 0, 0), 1.0),
        ("I;16", 65535, 1.0),
    ],
)
def test_every_kind_of_picture_is_read(
    tmp_path: Path, mode: str, colour: Any, value: float | None
) -> None:
    paint(tmp_path / f"a.{'tif' if mode == 'CMYK' else 'png'}", colour, mode=mode)
    images = node(tmp_path)().images
    assert images.shape == (1, 3, 4, 4)
    if value is not None:
        assert images.unique().tolist() == [value]


def test_pictures_are_cut_around_their_middle(tmp_path: Path) -> None:
    pixels = np.zeros((4, 12), np.uint8)
    pixels[:, 4:8] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert node(tmp_path, channels="grey")().images.min() == 1


def test_a_turned_photograph_stands_upright(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8), np.uint8)
    pixels[:4] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180 degrees
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=95)
    image = node(tmp_path, channels="grey")().images[0, 0]
    assert image[3].min() > 0.9
    assert image[0].max() < 0.1


def test_unreadable_files_are_counted_and_named(zoo: Path) -> None:
    whole = (zoo / "cats/0.png").read_bytes()
    (zoo / "cats/cut.png").write_bytes(whole[: len(whole) // 2])
    (zoo / "dogs/no.jpg").write_bytes(b"<html>")
    (zoo / "dogs/empty.gif").write_bytes(b"")
    (zoo / "dogs/notes.txt").write_text("not looked at")
    folder = node(zoo)
    assert len(folder().labels) == 8
    assert folder.unreadable == ["cats/cut.png", "dogs/empty.gif", "dogs/no.jpg"]
    told = "8 pictures; classes cats, dogs (2); 3 cannot be read: cats/cut.png, dogs/empty.gif, "
    assert "; ".join(map(str, folder.notes())) == told + "dogs/no.jpg"


def test_a_bomb_is_left_out(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    paint(zoo / "cats/huge.png", "red", size=(100, 100))
    folder = node(zoo)
    assert len(folder().labels) == 8
    assert folder.unreadable == ["cats/huge.png"]


def test_what_is_no_folder_of_pictures_is_said(tmp_path: Path) -> None:
    for folder, said in (
        (ImageFolder(), "No folder is chosen"),
        (node(tmp_path / "absent"), "There is no folder"),
        (node(tmp_path), "holds no picture"),
    ):
        with pytest.raises(DataMissing, match=said) as caught:
            folder()
        assert caught.value.place == "folder"
        assert caught.value.fix
    with pytest.raises(DataMissing, match="There is no folder"):
        node(tmp_path / "absent").sketch()


def test_a_set_that_does_not_fit_is_refused_before_reading(zoo: Path) -> None:
    folder = node(zoo, size=1024)
    with pytest.raises(DataMissing, match=r"takes [\d.]+ GB of memory") as caught:
        folder.refuse_too_many(100_000)
    assert caught.value.place == "size"


def test_one_picture(tmp_path: Path) -> None:
    paint(tmp_path / "a.png", "white")
    folder = node(tmp_path, test_share=0.5, batch=64)
    assert folder().images.shape == folder.eval()().images.shape == (1, 3, 4, 4)


def test_another_size_is_read_anew(zoo: Path) -> None:
    folder = node(zoo)
    folder()
    folder.set("size", 6)
    assert folder().images.shape == (8, 3, 6, 6)
