"""The vocabulary of a model of the user."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nodes.base import Node
from nodes.data.places import FileState, file_state
from nodes.errors import DataMissing
from nodes.language.base import Coder, Numbers, Vocabulary
from nodes.language.vocabularies import Pairs, bytes_of
from nodes.pretrained.base import folder_param
from nodes.pretrained.folders import described
from nodes.pretrained.loading import library, not_installed
from nodes.sentences import Part, say

FILE = "tokenizer.json"
PAIRS = ("vocab.json", "merges.txt")
"""How GPT-2's own byte pairs lie where there is no other file."""
END = "</w>"
"""The sign by which CLIP ends a word."""
BLANK = "▁"
"""The sign by which SentencePiece writes a blank."""


class PretrainedVocabulary(Node):
    """Give the pieces that a model of yours cuts texts into.

    Neural Machine Translation of Rare Words with Subword Units (Sennrich, Haddow & Birch, 2016),
    arXiv:1508.07909, for byte pairs.

    The folder is that of the model: its tokenizer.json is read, or vocab.json and merges.txt. Of
    CLIP, whose texts are filled up to one length, all pieces come behind an empty one.
    """

    synonyms = (
        "tokenizer, tokenizers, bpe, hugging face, gpt-2, sentencepiece, pretrained, "
        "segmenteur, vocabulaire, préentraîné"
    )
    formula = r"x_t \in \{0, \dots, K - 1\}"
    title = "Model vocabulary"
    icon = "whole-word"
    returns = "vocabulary"

    folder: Path | None = folder_param("The folder of the model, with its tokenizer.json.")

    def __init__(self, **given: Any) -> None:
        self._paths: list[Path] = []
        self._count = 0
        super().__init__(**given)

    def forward(self) -> Vocabulary:
        """Return the vocabulary of the folder.

        Raise `DataMissing` where the folder has none, it cannot be read, or the library is not
        installed.
        """
        path, name = self._folder()
        self._paths = files_of(path, name)
        pieces, coder = read(tuple(self._paths), tuple(map(file_state, self._paths)))
        self._count = len(pieces)
        return Vocabulary(pieces, coder)

    def _folder(self) -> tuple[Path, str]:
        for config in (FILE, PAIRS[0], "config.json"):
            try:
                found = described(self.folder, self.home, part="tokenizer", config=config)
            except DataMissing as error:
                missing = error
            else:
                return found.path, found.name
        raise missing

    def files(self) -> list[Path]:
        return self._paths

    def sign(self) -> Part:
        return say("{n} pieces", n=self._count) if self._count else ""


def files_of(folder: Path, name: str) -> list[Path]:
    """Return the vocabulary files of a folder, or raise `DataMissing`."""
    if (folder / FILE).is_file():
        return [folder / FILE]
    pairs = [folder / part for part in PAIRS]
    if all(path.is_file() for path in pairs):
        return pairs
    raise DataMissing(
        "{folder} has no vocabulary: {file} is not there.",
        "Copy the file into the folder, or choose another.",
        place="folder",
        folder=name,
        file=FILE,
    )


@lru_cache(maxsize=4)
def read(paths: tuple[Path, ...], _: tuple[FileState, ...]) -> tuple[Sequence[bytes], Coder]:
    """Return the pieces and what cuts a text into them; remembered for each state of the files.

    Raise `DataMissing` where they cannot be read, or the library is not installed.
    """
    try:
        tokenizer = _tokenizer(*map(str, paths))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        pieces, coder = pieces_of(tokenizer), Pairs(Plain(tokenizer))
        return ([b"", *pieces], Behind(coder)) if _of_clip(tokenizer) else (pieces, coder)
    except ImportError as error:
        raise not_installed("tokenizers") from error
    except Exception as error:  # the library raises plain exceptions: the border is here
        raise DataMissing(
            "{file} cannot be read: {why}.",
            "Copy or download it anew.",
            place="folder",
            file=paths[0].name,
            why=str(error).rstrip("."),
        ) from error


def _tokenizer(file: str, merges: str = "") -> Any:
    """Return the tokenizer of a file, or that of two files of GPT-2's byte pairs."""
    import tokenizers  # slow to import, and an extra

    if not merges:
        return tokenizers.Tokenizer.from_file(file)
    if END in Path(merges).read_text("utf-8"):
        clip = library("transformers").CLIPTokenizer
        return clip.from_pretrained(Path(file).parent, local_files_only=True).backend_tokenizer
    found = tokenizers.Tokenizer(tokenizers.models.BPE.from_file(file, merges))
    found.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = tokenizers.decoders.ByteLevel()
    return found


class Plain:
    """A tokenizer that adds nothing to what it cuts."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def encode(self, text: str) -> Any:
        """Return the pieces of a text as the library does, without marks of beginning and end."""
        return self.tokenizer.encode(text, add_special_tokens=False)


@dataclass(frozen=True)
class Behind:
    """A coder whose numbers come behind one that stands for nothing."""

    coder: Coder

    def cut(self, text: str) -> Numbers:
        """Return the numbers of the pieces, (n,), each one higher."""
        return self.coder.cut(text) + 1


def _of_clip(tokenizer: Any) -> bool:
    """Return whether words end by CLIP's sign: its texts are filled up to one length."""
    return any(word.endswith(END) for word in tokenizer.get_vocab())


def pieces_of(tokenizer: Any) -> list[bytes]:
    """Return what each number stands for; numbers that stand for nothing are empty."""
    numbers: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
    added = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    spelled = _spelling(json.loads(tokenizer.to_str()))
    pieces = [b""] * (max(numbers.values(), default=-1) + 1)
    for word, number in numbers.items():
        pieces[number] = word.encode() if word in added else spelled(word)
    return pieces


def _spelling(told: Mapping[str, Any]) -> Callable[[str], bytes]:
    """Return how the words of a vocabulary are turned to bytes, by what reads them back."""
    from tokenizers.pre_tokenizers import ByteLevel

    signs = bytes_of(ByteLevel.alphabet())
    if "ByteLevel" in json.dumps([told.get("decoder"), told.get("pre_tokenizer")]):
        return lambda word: _of_signs(word, signs)
    return _plain_word


def _of_signs(word: str, signs: Mapping[str, int]) -> bytes:
    """Return the bytes of a word by GPT-2's signs; at CLIP's end of a word stands a blank."""
    ended = word.endswith(END)
    word = word.removesuffix(END)
    spelled = bytes(signs[s] for s in word) if set(word) <= signs.keys() else word.encode()
    return spelled + b" " * ended


def _plain_word(word: str) -> bytes:
    """Return SentencePiece's words: `<0x0A>` is a byte, and a low line a blank."""
    if len(word) == 6 and word.startswith("<0x") and word.endswith(">"):
        return bytes([int(word[3:5], 16)])
    return word.replace(BLANK, " ").encode()
