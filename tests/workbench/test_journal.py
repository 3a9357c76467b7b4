"""Journals that were damaged: what stands before the damage comes back, no other is hidden.

Each tampered journal lies between two whole ones, as one of several documents of a crash.
"""

from __future__ import annotations

import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.document.graph import Change, Graph, Place, Put, copy, dumps, loads
from engine.document.messages import frame
from workbench.bench import journal
from workbench.bench.document import Document, leftovers
from workbench.bench.journal import DAMAGED, SUFFIX, Began, Pushed

FAULTS = Path(__file__).parent.parent / "faults"
COUNT = 300


def put(label: str, *path: str, value: object) -> Change:
    return Change(label, (Put(path, value),))


def changes(count: int) -> list[Change]:
    """Return changes of all kinds that the window makes."""
    made = []
    for n in range(count):
        made.append(put(f"Add {n}", "nodes", f"node_{n}", value=Place(kind="Encoder")))
        made.append(put("Hidden", "nodes", f"node_{n}", "params", "hidden", value=n))
        made.append(put("Move", "layout", "positions", f"node_{n}", value=[float(n), 0.0]))
    return made


LABELS = [change.label for change in changes(4)]


def left(folder: Path, name: str) -> tuple[Path, list[Graph]]:
    """Leave a journal behind; return it and the graph after each of its changes."""
    document = Document(Graph(), name=name, journals=folder)
    after = [copy(document.graph)]
    for change in changes(4):
        document.push(change)
        after.append(copy(document.graph))
    assert document._journal is not None
    path = document._journal.path
    document.abandon()
    return path, after


def old_form(path: Path) -> bytes:
    """Return a journal as versions before the seals wrote it."""
    return b"".join(map(frame, journal.read(path).entries))


# --- what can happen to a file ---


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))]


def flipped(data: bytes, dice: random.Random) -> bytes:
    at, bits = dice.randrange(len(data)), dice.randrange(1, 256)
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]


def inserted(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.randbytes(dice.randrange(1, 40)) + data[at:]


def zeroed(data: bytes, dice: random.Random) -> bytes:
    """As a file system leaves it that lost its last blocks."""
    at = dice.randrange(len(data))
    length = min(dice.choice([1, 16, 4096]), len(data) - at)
    return data[:at] + bytes(length) + data[at + length :]


def recoded(data: bytes, dice: random.Random) -> bytes:
    """As a program leaves it that took it for text."""
    coding = dice.choice(["utf-8", "utf-16", "utf-32"])
    return data.decode("latin-1").encode(coding)


def huge(data: bytes, dice: random.Random) -> bytes:
    return data[: at_frame(data, dice)] + struct.pack(">I", dice.choice([1 << 30, (1 << 32) - 1]))


def repeated(data: bytes, dice: random.Random) -> bytes:
    at = at_frame(data, dice)
    return data[:at] + data[: dice.randrange(len(data))] + data[at:]


def of_another_version(data: bytes, dice: random.Random) -> bytes:
    body = dice.choice([b"\x81\xa4type\xa6Future", b"\xc0", b"\x90", b"\x81\xa4type\xa6Pushed"])
    return data[: at_frame(data, dice)] + struct.pack(">I", len(body)) + body


def deep(data: bytes, dice: random.Random) -> bytes:
    body = b"\x91" * 100_000
    return data[: at_frame(data, dice)] + struct.pack(">I", len(body)) + body


def emptied(data: bytes, dice: random.Random) -> bytes:
    return b""


def noise(data: bytes, dice: random.Random) -> bytes:
    return dice.randbytes(dice.randrange(1, 3000))


def at_frame(data: bytes, dice: random.Random) -> int:
    """Return where some frame begins."""
    return dice.choice(_ends(data))


TAMPERINGS: list[Callable[[bytes, random.Random], bytes]] = [
    cut, flipped, inserted, zeroed, recoded, huge, repeated, of_another_version, deep, emptied,
    noise,
]  # fmt: skip


def _ends(data: bytes) -> list[int]:
    """Return where each frame ends."""
    found = [0]
    while found[-1] < len(data):
        found.append(found[-1] + 4 + int.from_bytes(data[found[-1] : found[-1] + 4], "big"))
    return found


def same_until(ours: bytes, data: bytes) -> int:
    """Return how many whole frames of `data` come unchanged in `ours`, from the first on."""
    count = at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if ours[at:end] != data[at:end]:
            break
        at, count = end, count + 1
    return count


# --- the laws ---


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "old form"])
def test_what_stands_before_the_damage_comes_back(tmp_path: Path, sealed: bool) -> None:
    dice = random.Random(7)
    whole, after = left(tmp_path, "whole")
    data = whole.read_bytes() if sealed else old_form(whole)
    others = {left(tmp_path, "other")[0], left(tmp_path, "another")[0]}
    for number in range(COUNT // 2):
        way = TAMPERINGS[number % len(TAMPERINGS)]
        bad = way(data, dice)
        path = tmp_path / f"{dice.choice('0a')}{number}{SUFFIX}"
        path.write_bytes(bad)
        whole.unlink(missing_ok=True)
        found = leftovers(tmp_path)
        assert others <= set(found.work), way
        kept = same_until(bad, data) - 1  # changes, the first frame is `Began`
        cut_between = len(bad) in _ends(data) and data.startswith(bad)
        check(path, bad, after, kept, whole=cut_between, exact=sealed)


def check(
    path: Path, bad: bytes, after: list[Graph], kept: int, *, whole: bool, exact: bool
) -> None:
    """The graph is that after the last whole change, and its history leads back to the beginning.

    A file without seals may say more than what was written: that can only be checked for sense.
    """
    aside = path.with_name(path.name + DAMAGED)
    found = Document.recover(path) if path.exists() else None
    assert (found is not None) == (kept >= 1) or not (exact or kept >= 1)
    if found is not None:
        assert found.history.labels[:kept] == LABELS[:kept]
        assert loads(dumps(found.graph)) == found.graph
        assert found.graph == after[kept] or not exact
        found.history.go_to(0)
        assert found.graph == after[0] or not exact
        found.close()
    assert not path.exists()
    if exact and bad and not whole:
        assert aside.read_bytes() == bad


def test_a_journal_of_a_stranger_hides_no_other(tmp_path: Path) -> None:
    """The file that was seen: one bad name in it, and no document was offered at all."""
    shutil.copy(FAULTS / "journal-UnicodeDecodeError.journal", tmp_path / f"0{SUFFIX}")
    other, _ = left(tmp_path, "other")
    found = leftovers(tmp_path)
    assert other in found.work
    assert len(found.damaged) + len(found.renamed) == 1
    for path in found.work:
        document = Document.recover(path)
        assert document is not None
        document.close()
    assert [p.suffix for p in tmp_path.iterdir()] == [DAMAGED]


def test_what_is_no_file_is_set_aside(tmp_path: Path) -> None:
    other, _ = left(tmp_path, "other")
    (tmp_path / f"0{SUFFIX}").mkdir()
    (tmp_path / f"1{SUFFIX}").symlink_to(tmp_path / f"1{SUFFIX}")
    found = leftovers(tmp_path)
    assert found.work == [other]
    assert {p.name for p in found.renamed} == {f"0{SUFFIX}{DAMAGED}", f"1{SUFFIX}{DAMAGED}"}
    assert leftovers(tmp_path).renamed == []


def test_a_name_that_is_taken_is_not_overwritten(tmp_path: Path) -> None:
    for text in ("one", "two", "three"):
        (tmp_path / f"0{SUFFIX}").write_text(text)
        leftovers(tmp_path)
    assert {p.read_text() for p in tmp_path.iterdir()} == {"one", "two", "three"}


def test_an_old_journal_whose_changes_fit_no_graph_comes_back_up_to_them(tmp_path: Path) -> None:
    entries = [
        Began(graph=Graph(), name="old"),
        Pushed(put("Add", "nodes", "a", value=Place(kind="Encoder"))),
        Pushed(put("Nonsense", "nodes", "a", "params", value=5)),
        Pushed(put("Add", "nodes", "b", value=Place(kind="Decoder"))),
    ]
    (tmp_path / f"0{SUFFIX}").write_bytes(b"".join(map(frame, entries)))
    (path,) = leftovers(tmp_path).damaged
    found = Document.recover(path)
    assert found is not None and set(found.graph.nodes) == {"a"}
    assert found.graph.nodes["a"].params == {}
    found.close()


def test_what_cannot_be_deleted_stays_and_raises_nothing(tmp_path: Path) -> None:
    journal.remove(tmp_path)  # a folder, as good as a file in a folder that is read-only
    assert tmp_path.exists()
