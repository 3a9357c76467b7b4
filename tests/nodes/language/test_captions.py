"""Captions and prompts: what is drawn in words and back, and what lies between two prompts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from nodes.data.drawing import DrawnSet, Sorts
from nodes.data.placed_digits import PlacedDigits
from nodes.data.shapes import Shapes
from nodes.errors import InputRefused, ParamRefused
from nodes.language.captions import Captions
from nodes.language.prompts import BetweenPrompts, Prompts
from nodes.language.words import LANGUAGES, PADDING, of_words
from nodes.types import TextVectors

EVERY = torch.cartesian_prod(*(torch.arange(n) for n in Sorts(14, colour=6)))


def said(drawing: torch.Tensor, **given: Any) -> list[str]:
    tokens, vocabulary = Captions(**given)(drawing)
    return [vocabulary.decode(row).strip() for row in tokens]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_drawings_are_said_alike(language: str) -> None:
    assert len(set(said(EVERY, language=language, colours=True))) == len(EVERY)


@pytest.mark.parametrize("language", [*LANGUAGES, "both"])
def test_captions_are_cut_into_what_the_vocabulary_has(language: str) -> None:
    tokens, vocabulary = Captions(language=language, colours=True)(EVERY)
    assert int(tokens.max()) < len(vocabulary.pieces) <= 64
    for row in tokens[::97]:
        words = row[row != PADDING]
        assert torch.equal(vocabulary.encode(vocabulary.decode(row)), words)


def test_a_caption_says_thing_size_place_and_colour() -> None:
    drawing = torch.tensor([[3, 1, 4, 0], [12, 0, 8, 2]])
    assert said(drawing) == ["a large three at the centre", "a small triangle at the bottom right"]
    assert said(drawing, language="French", colours=True) == [
        "un grand trois blanc au centre",
        "un petit triangle jaune en bas à droite",
    ]


def test_labels_alone_are_things() -> None:
    assert said(torch.tensor([7, 2]), templates="the digit [thing]") == [
        "the digit seven",
        "the digit two",
    ]
    with pytest.raises(InputRefused, match=r"\[size\]"):
        Captions()(torch.tensor([7, 2]))


@pytest.mark.parametrize("columns", range(len(Sorts._fields)))
def test_what_a_template_asks_for_is_missed_before_anything_is_drawn(columns: int) -> None:
    open_ones = "".join(f"[{name}]" for name in Sorts._fields[: columns + 1])
    captions = Captions(templates=f"white\n{open_ones}")
    with FakeTensorMode(allow_non_fake_inputs=True):
        captions(torch.empty(5, columns + 1, dtype=torch.int64))
        with pytest.raises(InputRefused, match=rf"\[{Sorts._fields[columns]}\]"):
            captions(torch.empty(5, columns, dtype=torch.int64))


def test_templates_and_languages_are_drawn_for_each_item() -> None:
    drawing = torch.tensor([[1, 0, 0, 0]]).repeat(200, 1)
    lines = said(drawing, language="both", templates="[thing]\n[size] [thing]")
    assert set(lines) == {"one", "small one", "un", "petit un"}


@pytest.mark.parametrize("line", ["a [shape]", "a [0]", "a []", "[size] [Thing]"])
def test_what_is_no_template_is_refused(line: str) -> None:
    with pytest.raises(ParamRefused, match="no template"):
        Captions(templates=line)(EVERY[:2])


def test_a_number_without_a_word_is_refused() -> None:
    with pytest.raises(InputRefused, match="number 14"):
        Captions(templates="[thing]")(torch.tensor([14]))


def test_all_batches_are_as_long() -> None:
    lengths = {Captions(language="French")(row[None]).tokens.shape[1] for row in EVERY[::7]}
    assert len(lengths) == 1


WORDS = of_words(["a large three at the centre"])


def test_prompts_are_cut_by_the_vocabulary_of_captions() -> None:
    vocabulary = Captions()(EVERY[:1]).vocabulary
    tokens = Prompts(text="A large, THREE\n\n-\n three ", each=2)(vocabulary)
    assert [vocabulary.decode(row) for row in tokens] == [
        *["a large three "] * 2,
        *[""] * 2,
        *["three "] * 2,
    ]


def test_a_prompt_with_a_strange_word_is_refused_and_the_known_ones_are_told() -> None:
    with pytest.raises(InputRefused, match=r"“giraffe”.*centre"):
        Prompts(text="a large giraffe")(WORDS)


@pytest.mark.parametrize(
    ("data", "known", "strange"), [(Shapes, "circle", "three"), (PlacedDigits, "three", "circle")]
)
def test_a_word_that_no_caption_of_the_data_says_is_refused(
    data: type[DrawnSet], known: str, strange: str
) -> None:
    """Neither another thing nor what no template asks for is taken; numbers stay the same."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        vocabulary = Captions()(data(batch=8).sketch().drawing).vocabulary
    every = Captions(colours=True)(EVERY[:1]).vocabulary
    assert torch.equal(Prompts(text=known)(vocabulary), Prompts(text=known)(every))
    for word in (strange, "red"):
        with pytest.raises(InputRefused, match=rf"“{word}”.*{known}"):
            Prompts(text=word)(vocabulary)


def test_no_prompt_is_refused() -> None:
    with pytest.raises(InputRefused, match="No prompt"):
        Prompts(text=" \n")(WORDS)


def texts(count: int) -> TextVectors:
    mask = torch.arange(5) < torch.randint(1, 6, (count, 1))
    return TextVectors(torch.randn(count, 5, 4) * mask[..., None], mask, torch.randn(count, 4))


def test_a_walk_between_prompts_ends_at_both() -> None:
    ends = texts(3)
    walk = BetweenPrompts(steps=4)(ends)
    assert walk.tokens.shape == (8, 5, 4)
    for place, text in zip((0, 3, 4, 7), (0, 1, 1, 2), strict=True):
        torch.testing.assert_close(walk.tokens[place], ends.tokens[text])
        torch.testing.assert_close(walk.pooled[place], ends.pooled[text])
    torch.testing.assert_close(walk.pooled[1], (2 * ends.pooled[0] + ends.pooled[1]) / 3)
    assert torch.equal(walk.mask[1], ends.mask[0] | ends.mask[1])


def test_one_prompt_is_no_walk() -> None:
    with pytest.raises(InputRefused, match="two texts"):
        BetweenPrompts()(texts(1))
