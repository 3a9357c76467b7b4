"""The public files that nodes may download: address, size, hash and licence.

To add a set: an entry of `KNOWN` whose sizes and SHA-256 a public list of checksums gives, as that
of tensorflow-datasets. Its node declares `download: bool = download_param()`, and has
`known: ClassVar[KnownSet] = KNOWN["name"]`. It then calls, with the `KnownFile`s that are absent:
- in `fetch` or its reading: `yield from download(self.known, absent, folder, allowed=...)`;
- in `doubts`: `return offered(self.known, absent, allowed=self.download)`;
- in `outside`: the set's title, where `download` is on and some are absent, else nothing.
All three are of `nodes.data.download`; `nodes.data.shakespeare` is the shortest example.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class KnownFile(NamedTuple):
    """A public file: its name here, the addresses that have it, its bytes and their SHA-256."""

    name: str
    urls: tuple[str, ...]
    size: int
    sha256: str


class KnownSet(NamedTuple):
    """Files that belong together, and their licence."""

    title: str
    licence: str
    files: tuple[KnownFile, ...]


def _idx_files(
    sources: tuple[str, ...], facts: Mapping[str, tuple[int, str]]
) -> tuple[KnownFile, ...]:
    return tuple(
        KnownFile(name, tuple(source + name for source in sources), *fact)
        for name, fact in facts.items()
    )


MNIST = KnownSet(
    "MNIST",
    "CC BY-SA 3.0",
    _idx_files(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {
            "train-images-idx3-ubyte.gz": (
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            "train-labels-idx1-ubyte.gz": (
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            "t10k-images-idx3-ubyte.gz": (
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            "t10k-labels-idx1-ubyte.gz": (
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        },
    ),
)
FASHION_MNIST = KnownSet(
    "Fashion-MNIST",
    "MIT",
    _idx_files(
        (
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        {
            "train-images-idx3-ubyte.gz": (
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            "train-labels-idx1-ubyte.gz": (
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            "t10k-images-idx3-ubyte.gz": (
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            "t10k-labels-idx1-ubyte.gz": (
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        },
    ),
)
SHAKESPEARE = KnownSet(
    "Shakespeare",
    "public domain",
    (
        KnownFile(
            "input.txt",
            (
                "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/"
                "input.txt",
            ),
            1_115_394,
            "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        ),
    ),
)
SPOKEN_DIGITS = KnownSet(
    "Free Spoken Digit Dataset",
    "CC BY-SA 4.0",
    (
        KnownFile(
            "free-spoken-digit-dataset-1.0.9.tar.gz",
            ("https://github.com/Jakobovski/free-spoken-digit-dataset/archive/v1.0.9.tar.gz",),
            11_975_353,
            "8bc44cde129d505cbbb6b365c09f80c663f2aa77578afc634e6141a2f87100c0",
        ),
    ),
)
"""The archive's 2,500 recordings; `recordings/{digit}_{speaker}_{index}.wav` in its one folder."""
QM9 = KnownSet(
    "QM9",
    "CC0",
    (
        KnownFile(
            "dsgdb9nsd.xyz.tar.bz2",
            ("https://ndownloader.figshare.com/files/3195389",),
            86_144_227,
            "3a63848ac80691bdb8d41834b575afad345b9300d7a2db0c38adb7f6eaa8360c",
        ),
    ),
)
"""An XYZ file for each of 133,885 molecules, with properties in its second line."""

KNOWN: Mapping[str, KnownSet] = {
    "mnist": MNIST,
    "fashion-mnist": FASHION_MNIST,
    "tinyshakespeare": SHAKESPEARE,
    "fsdd": SPOKEN_DIGITS,
    "qm9": QM9,
}
"""By the folder's name, in `GENWORKBENCH_DATA` and among the user's data."""
