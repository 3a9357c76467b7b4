"""Laws of downloads: asked first, bounded, resumed, right to the last byte, stoppable."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from nodes.data.download import SPARE, download, facts, offered
from nodes.data.known_files import KNOWN, KnownSet
from nodes.errors import DataMissing
from nodes.locking import lock
from tests.nodes.data.serving import NOBODY, Manner, known_set, moved, serving

SIZE = 300_000


@pytest.fixture
def served(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "thing.bin").write_bytes(bytes(n * n % 251 for n in range(SIZE)))
    return folder


@pytest.fixture
def server(served: Path) -> Iterator[tuple[str, Manner]]:
    with serving(served) as found:
        yield found


def brought(known: KnownSet, folder: Path) -> list[int]:
    return [f.step for f in download(known, known.files, folder, allowed=True)]


def whole(folder: Path, served: Path) -> bool:
    there = {p.name: p.read_bytes() for p in folder.iterdir()}
    return there == {p.name: p.read_bytes() for p in served.iterdir()}


def begun(folder: Path, content: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    part = folder / ".thing.bin.part"
    part.write_bytes(content)
    return part


def test_nothing_is_asked_of_the_network_without_a_click(
    served: Path, server: tuple[str, Manner], tmp_path: Path
) -> None:
    address, manner = server
    known = known_set(served, address)
    (doubt,) = offered(known, known.files, allowed=False)
    assert not offered(known, known.files, allowed=True) and not offered(known, [], allowed=False)
    with pytest.raises(DataMissing) as caught:
        list(download(known, known.files, tmp_path / "own", allowed=False))
    host = address.split("/")[2]
    for said in (str(doubt.sentence), caught.value.sentence):
        for fact in ("0.3 MB", host, "CC0", known.files[0].sha256[:12]):
            assert fact in str(said)
    assert caught.value.place == doubt.param == "download"
    assert not manner.asked and not (tmp_path / "own").exists()


@pytest.mark.parametrize("resumes", [True, False])
@pytest.mark.parametrize("most", [1, 100_000, 299_999])
def test_what_broke_off_goes_on_from_there(
    served: Path, server: tuple[str, Manner], tmp_path: Path, most: int, resumes: bool
) -> None:
    address, manner = server
    known, own = known_set(served, address), tmp_path / "own"
    manner.most = most
    with pytest.raises(DataMissing, match=f"broke off after {most:,} of 300,000"):
        brought(known, own)
    assert (own / ".thing.bin.part").stat().st_size == most
    manner.most, manner.resumes = None, resumes
    steps = brought(known, own)
    assert whole(own, served)
    assert manner.asked[-1] == ("thing.bin", most if resumes else 0)
    assert steps == sorted(steps) and steps[-1] == SIZE // 1000


def test_one_that_is_stopped_goes_on_too(
    served: Path, server: tuple[str, Manner], tmp_path: Path
) -> None:
    address, manner = server
    known, own = known_set(served, address), tmp_path / "own"
    frames = download(known, known.files, own, allowed=True)
    assert next(frames).total == SIZE // 1000
    frames.close()
    come = (own / ".thing.bin.part").stat().st_size
    assert 0 < come < SIZE and [p.name for p in own.iterdir()] == [".thing.bin.part"]
    brought(known, own)
    assert whole(own, served) and manner.asked[-1] == ("thing.bin", come)


@pytest.mark.parametrize("content", [b"another", b"x" * SIZE, b"x" * (SIZE + 5)])
def test_a_part_of_another_file_is_fetched_anew(
    served: Path, server: tuple[str, Manner], tmp_path: Path, content: bytes
) -> None:
    begun(tmp_path / "own", content)
    brought(known_set(served, server[0]), tmp_path / "own")
    assert whole(tmp_path / "own", served)


def test_a_part_that_is_whole_needs_no_network(served: Path, tmp_path: Path) -> None:
    begun(tmp_path / "own", (served / "thing.bin").read_bytes())
    brought(known_set(served, NOBODY), tmp_path / "own")
    assert whole(tmp_path / "own", served)


@pytest.mark.parametrize("tells_length", [True, False])
def test_never_more_comes_than_was_said(
    served: Path, server: tuple[str, Manner], tmp_path: Path, tells_length: bool
) -> None:
    address, manner = server
    known = known_set(served, address)
    manner.extra, manner.tells_length = b"x" * 10 * SIZE, tells_length
    steps: list[int] = []
    with pytest.raises(DataMissing, match="bytes there, the known file has 300,000"):
        steps += [f.step for f in download(known, known.files, tmp_path, allowed=True)]
    parts = [p.stat().st_size for p in tmp_path.glob(".*.part")]
    assert max([0, *steps]) <= SIZE // 1000 and max([0, *parts]) <= SIZE


def test_other_bytes_of_the_right_size_are_refused_and_leave_nothing(
    served: Path, server: tuple[str, Manner], tmp_path: Path
) -> None:
    known = known_set(served, server[0])
    (served / "thing.bin").write_bytes(bytes(SIZE))
    with pytest.raises(DataMissing, match=r"cannot be downloaded .*checksum"):
        brought(known, tmp_path / "own")
    assert list((tmp_path / "own").iterdir()) == []


def test_the_next_address_is_asked_and_goes_on(
    served: Path, server: tuple[str, Manner], tmp_path: Path
) -> None:
    address, manner = server
    with serving(served) as (weak, its):
        its.most = 1000
        known = known_set(served, NOBODY, f"{address}absent/", weak, address)
        brought(known, tmp_path / "own")
        assert its.asked == [("thing.bin", 0)]
    assert manner.asked == [("thing.bin", 1000)] and whole(tmp_path / "own", served)


def test_a_full_disk_is_said_before_anything_is_asked(
    served: Path,
    server: tuple[str, Manner],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, manner = server
    known = known_set(served, address)
    begun(tmp_path / "own", (served / "thing.bin").read_bytes()[:200_000])
    room = SimpleNamespace(free=SPARE + 100_000 - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    with pytest.raises(DataMissing, match="MB free; the download needs 51 MB"):
        brought(known, tmp_path / "own")
    assert not manner.asked
    room.free += 1
    brought(known, tmp_path / "own")
    assert whole(tmp_path / "own", served), "what has come needs no room again"


def test_two_processes_do_not_write_one_part(
    served: Path, server: tuple[str, Manner], tmp_path: Path
) -> None:
    part = begun(tmp_path / "own", b"")
    with part.open("a+b") as other:
        lock(other)
        with pytest.raises(DataMissing, match="another process downloads it"):
            brought(known_set(served, server[0]), tmp_path / "own")


def test_offline_names_who_cannot_be_reached(served: Path, tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"thing\.bin is not on this .* 127\.0\.0\.1:9 cannot"):
        brought(known_set(served, NOBODY), tmp_path / "own")


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN.keys())
def test_facts_of_known_files_are_whole(known: KnownSet) -> None:
    assert known.title and known.licence
    for file in known.files:
        assert file.size > 0 and len(file.sha256) == 64 and int(file.sha256, 16)
        assert file.urls and all(url.startswith(("https://", "http://")) for url in file.urls)
    assert moved(known, NOBODY).files[0].urls == (NOBODY + known.files[0].name,)
    assert known.licence in str(facts(known, known.files))
