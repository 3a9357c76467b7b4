"""Texts: read whole, cut into tokens and back, and given in windows that miss nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nodes.data import text_file
from nodes.data.shakespeare import Shakespeare
from nodes.data.text_file import Text, TextFile
from nodes.errors import DataMissing, Exhausted, InputRefused
from nodes.language.tokenizer import Tokenizer
from nodes.language.vocabularies import MAKERS, byte_pairs, characters, of_bytes
from tests.nodes.data.serving import NOBODY, known_set, moved, serving

PROSE = "Être, ou ne pas être : c’est là la question.\n" * 30
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1)


@given(TEXTS)
def test_characters_and_bytes_come_back(text: str) -> None:
    for make in (characters, of_bytes):
        vocabulary = make(text, text, 0)
        assert vocabulary.decode(vocabulary.encode(text)) == text
        assert int(vocabulary.lengths[vocabulary.encode(text)].sum()) == len(text)


@pytest.fixture(scope="module")
def pairs():  # type: ignore[no-untyped-def]
    pytest.importorskip("tokenizers")
    return byte_pairs("", PROSE, 300)


@given(TEXTS)
def test_byte_pairs_come_back(pairs, text: str) -> None:  # type: ignore[no-untyped-def]
    assert pairs.decode(pairs.encode(text)) == text
    assert int(pairs.lengths[pairs.encode(text)].sum()) == len(text)


def test_byte_pairs_that_are_usual_become_one_token(pairs) -> None:  # type: ignore[no-untyped-def]
    assert len(pairs.pieces) <= 300
    assert len(pairs.encode(PROSE)) < len(PROSE) / 2


def test_a_sign_that_is_not_in_the_vocabulary_is_named() -> None:
    vocabulary = characters("abc", "", 0)
    with pytest.raises(InputRefused, match="“é”"):
        vocabulary.encode("bé")


# --- windows --------------------------------------------------------------------------------------


def numbered(count: int, tests: int = 0) -> Text:
    """Return a text in which each character comes once."""
    text = "".join(chr(0x4E00 + n) for n in range(count + tests))
    return Text(text[:count], text[count:])


def epoch_of(node: Tokenizer, text: Text) -> list[Tensor]:
    node.train()
    first = node(text).tokens
    assert node.length is not None
    return [first, *(node(text).tokens for _ in range(node.length - 1))]


def test_each_token_is_asked_for_once_in_an_epoch() -> None:
    node, text = Tokenizer(window=8, batch=3), numbered(500)
    asked = Counter(torch.cat(epoch_of(node, text))[:, 1:].flatten().tolist())
    assert set(asked.values()) == {1}
    assert len(asked) > 500 - 7 * 3 - 14, "all but what fills no window or no batch"
    again = Counter(torch.cat(epoch_of(node, text))[:, 1:].flatten().tolist())
    assert set(again.values()) == {1} and again.keys() != asked.keys(), "cut at other places"


def test_windows_begin_at_lines_where_they_are_to() -> None:
    lines = "".join(f"{n:03d}: a line\n" for n in range(300))
    node = Tokenizer(window=27, batch=3, begin="at lines")  # two lines, and the begin of a third
    text = Text(lines, lines)
    node.train()
    seen = Counter()
    for _ in range(800):
        made = node(text)
        for row in made.tokens:
            words = made.vocabulary.decode(row)
            assert words[3:].startswith(": a line\n"), "a window begins where a line does"
            seen[words[:3]] += 1
    assert len(seen) > 290, "over some epochs each line once begins one"
    node.eval(), node.rewind()
    asked = [made.vocabulary.decode(row)[:3] for row in node(text).tokens]
    assert asked == ["000", "003", "006"], "none asks for what another did"


def test_windows_are_the_text_in_its_order() -> None:
    node, text = Tokenizer(window=8, batch=3), numbered(500)
    for batch in epoch_of(node, text):
        assert (batch.diff(dim=1) == 1).all()


def test_tests_go_through_the_rest_of_the_text_in_order() -> None:
    node, text = Tokenizer(window=8, batch=3), numbered(100, 50)
    node.eval()
    for _ in range(2):
        node.rewind()
        found = []
        with pytest.raises(Exhausted):
            while True:
                found.append(node(text).tokens)
        asked = torch.cat(found)[:, 1:].flatten().tolist()
        assert asked == list(range(101, 150))


def test_it_goes_on_where_it_was() -> None:
    node, twin, text = (
        Tokenizer(window=8, batch=3, seed=1),
        Tokenizer(window=8, batch=3, seed=1),
        numbered(200),
    )
    node.train(), twin.train()
    for _ in range(11):
        node(text)
    twin.load_state_dict(node.state_dict())
    assert twin.length == node.length, "before it has read anything"
    for _ in range(12):
        assert torch.equal(node(text).tokens, twin(text).tokens)


def test_tests_between_training_batches_leave_their_order() -> None:
    text = numbered(200, 60)
    orders = []
    for looks in (False, True):
        node = Tokenizer(window=8, batch=3, seed=1)
        order = []
        for _ in range(9):
            node.train()
            order.append(node(text).tokens)
            if looks:
                node.eval(), node.rewind()
                node(text)
        orders.append(torch.cat(order))
    assert torch.equal(*orders)


def test_a_text_too_short_for_a_window_is_refused() -> None:
    with pytest.raises(InputRefused, match="a window has 65"):
        Tokenizer()(Text("short", ""))


def test_a_window_that_is_lengthened_beyond_the_text_is_refused() -> None:
    node = Tokenizer(window=8)
    node.train()(numbered(50))
    node.set("window", 51)
    with pytest.raises(InputRefused, match="a window has 51"):
        node(numbered(50))


def test_tests_follow_the_window_and_the_text() -> None:
    node = Tokenizer(window=8).eval()
    assert node(numbered(100, 50)).tokens.shape == (7, 8)
    node.set("window", 11)
    node.rewind()
    assert node(numbered(100, 50)).tokens.shape == (4, 11)
    node.rewind()
    assert node(numbered(100, 80)).tokens.shape == (7, 11)


@pytest.mark.parametrize("pieces", MAKERS)
def test_a_vocabulary_tells_which_tokens_there_are(pieces: str) -> None:
    if pieces == "byte pairs":
        pytest.importorskip("tokenizers")
    node = Tokenizer(pieces=pieces, window=8)
    assert node.ranges() == {}, "nothing was read"
    made = node.train()(Text(PROSE, ""))
    assert node.ranges()["tokens"].high == len(made.vocabulary.pieces) - 1


# --- files ----------------------------------------------------------------------------------------


def test_a_text_is_split_by_place(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    text = TextFile(file=str(tmp_path / "own.txt"), test_share=0.5)()
    assert text.train + text.test == "one\ntwo\nthree\n"
    assert len(text.test) == 7
    whole = TextFile(file=str(tmp_path / "own.txt"), test_share=0.0)()
    assert whole.test == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"one\ntwo\nthr\xe9e\n", "line 3, at byte 11"),
        (b"", "holds no text"),
        (b"\xff\xfeo\x00n\x00", "no text in UTF-8"),
        (b"o\x00n\x00e\x00", "no text in UTF-8: the fault is in line 1, at byte 1"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "own.txt").write_bytes(content)
    with pytest.raises(DataMissing, match=said):
        TextFile(file=str(tmp_path / "own.txt"))()


def test_a_text_that_is_too_long_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.txt").write_text("x" * 100)
    monkeypatch.setattr(text_file, "LARGEST", 99)
    with pytest.raises(DataMissing, match="at most"):
        TextFile(file=str(tmp_path / "own.txt"))()


def test_a_file_that_changed_is_outdated(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("one and two")
    node = TextFile(file=str(path))
    node()
    assert node.files() == [path] and not node.outdated()
    path.write_text("one, two and three")
    assert node.outdated()
    node.unload()
    assert "three" in node().train + node().test


@pytest.mark.parametrize("asked", [False, True])
def test_shakespeare_without_a_network_is_short_and_says_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    asked: bool,
) -> None:
    monkeypatch.delenv("GENWORKBENCH_DATA", raising=False)
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    monkeypatch.setattr(Shakespeare, "known", moved(Shakespeare.known, NOBODY))
    node = Shakespeare(download=asked)
    assert bool(node.outside()) is asked and bool(node.doubts()) is not asked
    text = node()
    assert text.train.startswith("First Citizen") and 90_000 < len(text.train + text.test) < 100_001
    assert "100 kB" in str(node.notes()[0]) and "100 kB" in caplog.text


def test_shakespeare_comes_whole_after_a_click(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GENWORKBENCH_DATA", raising=False)
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "served").mkdir()
    (tmp_path / "served/input.txt").write_text("To be, or not to be")
    with serving(tmp_path / "served") as (address, _):
        monkeypatch.setattr(Shakespeare, "known", known_set(tmp_path / "served", address))
        node = Shakespeare(test_share=0.0)
        assert node().train.startswith("First Citizen")
        (doubt,) = node.doubts()
        setattr(node, doubt.param, doubt.value)
        node.changed(doubt.param)
        assert node().train == "To be, or not to be"
        assert not node.notes() and not node.doubts() and not node.outside()
