"""The port types, with their named axes and ranges.

A value on a wire is a plain tensor, a small named object such as `Gaussian`, or a node itself. What
it means stands in the annotation, so that node code is plain torch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from nodes.sentences import Text

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class PortType:
    """A kind of value. `axes` are named and spaced; `...` stands for any number of axes.

    `parents`: the types it may be given for. `family` and `glyph`: how its wire and port look.
    `words`: what a course calls such values, in a sentence. `still`: they are shown or counted, and
    carry no gradient back.
    """

    name: str
    parents: tuple[str, ...] = ()
    family: str = "object"
    glyph: str = "ring"
    axes: str | None = None
    help: str = ""
    words: str = ""
    still: bool = False


class Range(NamedTuple):
    """The closed interval that values lie in, where getting it wrong ruins training silently."""

    low: float
    high: float

    def __str__(self) -> str:
        text = f"[{self.low:g}, {self.high:g}]"
        return text.replace("[-inf", "(−∞").replace("inf]", "∞)")

    def within(self, other: Range) -> bool:
        """Return whether this interval lies in the other, ends included."""
        return other.low <= self.low and self.high <= other.high


UNIT = Range(0.0, 1.0)
SIGNED = Range(-1.0, 1.0)


class Shape(tuple[int, ...]):
    """The sizes of one item, without the batch: `Shape((1, 28, 28)).numel == 784`."""

    @property
    def numel(self) -> int:
        """How many numbers an item has."""
        return math.prod(self)

    def __str__(self) -> str:
        return " ".join(map(str, self))


Batch = Annotated[
    Tensor,
    PortType(
        "Batch",
        (),
        "points",
        "ring",
        "b ...",
        "Any batch of numbers: images, points, tokens.",
        "a batch of items",
    ),
]
Images = Annotated[
    Tensor,
    PortType(
        "Images",
        ("Batch",),
        "images",
        "square",
        "b c h w",
        "Pictures: channels, rows, columns.",
        "pictures",
    ),
]
Points = Annotated[
    Tensor,
    PortType(
        "Points", ("Batch",), "points", "disc", "b d", "Vectors, one a row.", "points (vectors)"
    ),
]
Audio = Annotated[
    Tensor,
    PortType("Audio", ("Batch",), "images", "bars", "b c t", "Sound: channels, samples.", "sound"),
]
Tokens = Annotated[
    Tensor,
    PortType(
        "Tokens",
        ("Batch",),
        "labels",
        "pill",
        "b t",
        "Whole numbers, one a token.",
        "a batch of tokens",
        True,
    ),
]
Labels = Annotated[
    Tensor,
    PortType(
        "Labels", (), "labels", "tag", "b", "A class number for each item.", "class labels", True
    ),
]
Rows = Annotated[
    Tensor,
    PortType(
        "Rows",
        ("Batch",),
        "points",
        "bars",
        "b n d",
        "Several vectors an item: of tokens, of patches, of places.",
        "rows of vectors",
    ),
]
Values = Annotated[
    Tensor,
    PortType(
        "Values",
        ("Batch",),
        "score",
        "arrow",
        "b",
        "One real number for each item.",
        "one number for each item",
    ),
]
Score = Annotated[
    Tensor,
    PortType(
        "Score", ("Batch",), "score", "arrow", "b d", "A gradient of a log-density.", "scores"
    ),
]
Path = Annotated[
    Tensor,
    PortType(
        "Path",
        (),
        "score",
        "arrow",
        "s b ...",
        "Items at each of several steps.",
        "a path of items",
    ),
]
Plan = Annotated[
    Tensor,
    PortType(
        "Plan",
        (),
        "score",
        "cross",
        "n m",
        "How much mass goes from i to j.",
        "a transport plan",
        True,
    ),
]
Loss = Annotated[
    Tensor,
    PortType("Loss", ("Scalar",), "loss", "triangle", "", "A number to make small.", "a loss"),
]
Scalar = Annotated[
    Tensor, PortType("Scalar", (), "loss", "triangle", "", "A number to watch.", "a number", True)
]

Number = Annotated[
    float,
    PortType(
        "Number",
        (),
        "object",
        "ring",
        None,
        "A number that is set by hand or by the step: for parameters that are inputs.",
        "a number that is set",
        True,
    ),
]


class Gaussian(NamedTuple):
    """A diagonal Gaussian for each item: `mean` and `log_var`, both (b, d)."""

    mean: Tensor
    log_var: Tensor

    @property
    def shape(self) -> torch.Size:
        """The shape (b, d) of the mean."""
        return self.mean.shape

    @property
    def std(self) -> Tensor:
        """The standard deviation exp(log_var / 2), (b, d)."""
        return torch.exp(0.5 * self.log_var)


class Molecules(NamedTuple):
    """Molecules in rooms of n atoms: `positions` (b, n, 3) in ångström, and codes.

    `types` (b, n) are rows of a table (nodes.molecules.atoms): 0 is no atom, 1 one that is not
    known. `bonds` (b, n, n) are orders, 0 is none, 4 aromatic, 5 not known.
    """

    positions: Tensor
    types: Tensor
    bonds: Tensor

    @property
    def shape(self) -> torch.Size:
        """The shape (b, n) of the types."""
        return self.types.shape

    @property
    def mask(self) -> Tensor:
        """Where there are atoms, (b, n)."""
        return self.types > 0

    @property
    def pairs(self) -> Tensor:
        """Where there are two different atoms, (b, n, n)."""
        apart = ~torch.eye(self.types.shape[1], dtype=torch.bool, device=self.types.device)
        return self.mask[:, :, None] & self.mask[:, None] & apart


class TextVectors(NamedTuple):
    """Texts as vectors: one for each token, and one for each text.

    `tokens` (b, n, d), `mask` (b, n), True where there is a token, and `pooled` (b, e). All zeros
    stand for no text.
    """

    tokens: Tensor
    mask: Tensor
    pooled: Tensor

    @property
    def shape(self) -> torch.Size:
        """The shape (b, n, d) of the token vectors."""
        return self.tokens.shape


@dataclass
class Figure:
    """What a view makes: arrays of one kind and plain facts. The engine never draws it."""

    kind: str
    arrays: Mapping[str, Tensor | Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class Measured(NamedTuple):
    """What a metric makes: `value`, beside it `others` by name (a floor, a standard error)."""

    value: float
    others: Mapping[str, float] = {}
    unit: Text = ""


class Frame(NamedTuple, Generic[T]):
    """An intermediate result of a generator: the step, and the value so far. The last is final.

    `numbers` describe the progress by name, such as the remaining error.
    """

    step: int
    total: int
    value: T | None = None
    numbers: Mapping[str, Tensor | float] = {}


Distribution = PortType(
    "Distribution",
    (),
    "distribution",
    "bell",
    None,
    "A law from which one can draw.",
    "a distribution",
)

CLASSES: dict[type, PortType] = {
    Gaussian: PortType(
        "Gaussian",
        ("Distribution",),
        "distribution",
        "bell",
        "b d",
        "N(mean, diag std^2) an item.",
        "a Gaussian for each item",
    ),
    Molecules: PortType(
        "Molecules",
        (),
        "molecules",
        "hexagon",
        "b n",
        "Atoms in space: where and what they are, and their bonds.",
        "molecules",
    ),
    TextVectors: PortType(
        "TextVectors",
        (),
        "labels",
        "pill",
        "b n d",
        "Texts as vectors: of each token, and of all together.",
        "texts as vectors",
    ),
    Figure: PortType("Figure", (), "object", "ring", None, "Something to look at.", "a picture"),
    Measured: PortType(
        "Measured", (), "object", "ring", None, "Something to compare.", "a measure"
    ),
}


Model = Annotated[
    nn.Module,
    PortType("Model", (), "model", "diamond", None, "A network, to train or to call.", "a network"),
]
Network = Annotated[
    nn.Module,
    PortType(
        "Network", ("Model",), "model", "diamond", None, "A network to call.", "a network to call"
    ),
]
Critic = Annotated[
    nn.Module,
    PortType(
        "Critic", ("Model",), "model", "diamond", None, "Gives each item a score, (b,).", "a critic"
    ),
]
Velocity = Annotated[
    nn.Module,
    PortType(
        "Velocity",
        ("Model",),
        "model",
        "diamond",
        None,
        "Says where points move at a time t.",
        "a velocity",
    ),
]
Denoiser = Annotated[
    nn.Module,
    PortType(
        "Denoiser",
        ("Velocity",),
        "model",
        "diamond",
        None,
        "Cleans noisy items at a time t.",
        "a denoiser",
    ),
]

FLOW = PortType(
    "Flow",
    ("Model",),
    "model",
    "diamond",
    None,
    "A chain of invertible layers: a law with an exact density.",
    "a flow",
)

SCHEDULE = PortType(
    "Schedule",
    (),
    "object",
    "ring",
    None,
    "How much signal and how much noise at each time.",
    "a noise schedule",
    True,
)
GUIDANCE = PortType(
    "Guidance",
    (),
    "object",
    "ring",
    None,
    "Which way samples are to be pulled.",
    "a guidance",
    True,
)


class Many(Sequence[T_co]):
    """An input that takes several wires: `models: Many[Model]`. The values come in wire order."""


class Stream(Iterator[T_co], Generic[T_co]):
    """An input that the node pulls itself: each `next` is a fresh pull of the nodes upstream.

    In a training pull it never ends; in any other it ends with the test data. Streams of one node
    share their pulls: the first to ask again starts a new one, the others join it, so that
    `zip(images, labels)` keeps pairs. Samples of one step are shared with other nodes too.
    """

    modules: Sequence[nn.Module] = ()
    """All nodes that a pull may run, in order."""
    fresh: bool = False
    """Whether samplers shall work again for this node alone: it takes their time."""

    @property
    def length(self) -> int | None:
        """Pulls in one epoch of the training data, None without data."""
        return None

    def __next__(self) -> T_co:
        raise NotImplementedError

    def accelerated(self, *, autocast: torch.dtype | None) -> None:
        """Run the pulls under autocast to this type (None: as they are)."""
