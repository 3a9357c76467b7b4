"""A few nodes and graphs for the tests of the engine: small, exact, and of no family's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import torch
from torch import nn

from engine.check.describe import catalogue
from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Place, Wire
from engine.run.session import Session
from nodes.base import Node, Source, param
from nodes.errors import Exhausted, InputRefused
from nodes.library import Library, find
from nodes.types import (
    Batch,
    Critic,
    Figure,
    Frame,
    Labels,
    Loss,
    Many,
    Measured,
    Model,
    Points,
    Scalar,
    Shape,
    Stream,
)


class Sample(NamedTuple):
    points: Points
    labels: Labels


class Line(Source):
    """Draw points on a line, with the number of the pull as label."""

    batch: int = param(default=8, low=1, help="Points a pull.")
    size: int = param(default=20, low=1, help="Points in the test set.")

    pulls = 0
    length = 5

    def restart(self) -> None:
        self.pulls = 0

    def rewind(self) -> None:
        self.at = 0

    def sketch(self) -> Sample:
        return Sample(torch.empty(self.batch, 2), torch.empty(self.batch, dtype=torch.long))

    def forward(self) -> Sample:
        if self.training:
            self.pulls += 1
            t = torch.rand(self.batch, 1)
            return Sample(torch.cat([t, 2 * t], 1), torch.full((self.batch,), self.pulls))
        if self.at >= self.size:
            raise Exhausted
        first, self.at = self.at, min(self.size, self.at + self.batch)
        t = torch.linspace(0, 1, self.size)[first : self.at, None]
        return Sample(torch.cat([t, 2 * t], 1), torch.arange(first, self.at))

    def get_extra_state(self) -> dict[str, torch.Tensor]:
        return {"pulls": torch.tensor(self.pulls)}

    def set_extra_state(self, state: dict[str, torch.Tensor]) -> None:
        self.pulls = int(state["pulls"])


class Normal(Source):
    """Draw z from N(0, I)."""

    count: int = param(default=8, low=1, help="Points a pull.")
    returns = "z"

    def forward(self) -> Points:
        return torch.randn(self.count, 2)


class Map(Node):
    """Map points by a perceptron."""

    width: int = param(default=16, low=1, high=64, help="Width.")
    out: int = param(default=2, low=1, high=8, help="Size of the output.")
    noise: float = param(default=0.0, low=0.0, high=9.0, live=True, help="Added noise.")
    poison: bool = param(default=False, live=True, help="Make a NaN.")
    returns = "y"
    handle = Critic

    def build(self, x: Shape) -> None:
        self.net = nn.Sequential(
            nn.Linear(x.numel, self.width), nn.Tanh(), nn.Linear(self.width, self.out)
        )

    def forward(self, x: Batch) -> Points:
        y: torch.Tensor = self.net(x.flatten(1))
        y = y + self.noise * torch.randn_like(y) if self.noise else y
        return y / 0 if self.poison else y


class Ask(Node):
    """Give what a model answers."""

    returns = "y"

    def forward(self, x: Points, model: Model) -> Points:
        y: torch.Tensor = model(x)
        return y


class Losses(NamedTuple):
    loss: Loss
    size: Scalar


class Distance(Node):
    """Measure the mean squared distance of pairs."""

    def forward(self, x: Points, y: Points) -> Losses:
        return Losses((x - y).square().mean(), y.square().mean())


class Judge(Node):
    """Let a critic tell real from fake (Wasserstein)."""

    side: Literal["critic", "generator"] = param(default="critic", help="Whose loss.")
    returns = "loss"

    def forward(self, fake: Points, critic: Critic, real: Points | None = None) -> Loss:
        if real is None:
            loss: torch.Tensor = -critic(fake).mean()
            return loss
        gap: torch.Tensor = critic(fake).mean() - critic(real).mean()
        return gap


class Grid(Node):
    """Give the same points at each pull."""

    count: int = param(default=4, low=1, help="Points.")
    made = 0
    returns = "points"

    def forward(self) -> Points:
        self.made += 1
        return torch.linspace(0, 1, 2 * self.count).reshape(-1, 2)


class Slow(Node):
    """Move points in steps, a frame each."""

    steps: int = param(default=5, low=1, help="Frames.")
    returns = "points"

    def forward(self, x: Points) -> Iterator[Frame[Points]]:
        for step in range(self.steps):
            x = x + 1
            yield Frame(step + 1, self.steps, x)


class Show(Node):
    """Show points."""

    role = "view"
    fail: bool = param(default=False, help="Raise.")

    def sketch(self, points: Points) -> None:
        return None

    def forward(self, points: Points) -> Figure:
        if self.fail:
            raise InputRefused("points must be prettier.", "Draw them anew.")
        return Figure("points", {"points": points}, {"unit": "m"})


class Heap(Node):
    """Show several lists of points as one."""

    role = "view"

    def forward(self, many: Many[Points]) -> Figure:
        return Figure("points", {"points": torch.cat([*many])}, {})


class Mean(Node):
    """Average the first coordinate over the whole test set."""

    role = "metric"

    def sketch(self, points: Stream[Points], labels: Stream[Labels] | None = None) -> None:
        return None

    def forward(self, points: Stream[Points], labels: Stream[Labels] | None = None) -> Measured:
        if labels is None:
            every = [p[:, 0] for p in points]
        else:
            every = [p[:, 0] + 0 * n for p, n in zip(points, labels, strict=False)]
        together = torch.cat(every)
        return Measured(together.mean().item(), {"count": len(together)}, "m")


class Few(Node):
    """Average the points of the first pulls of a stream."""

    role = "metric"
    pulls: int = param(default=3, low=1, help="Pulls.")
    fresh: bool = param(default=False, help="Let samplers work anew.")

    def sketch(self, points: Stream[Points]) -> None:
        return None

    def forward(self, points: Stream[Points]) -> Measured:
        points.fresh = self.fresh
        every = [next(points) for _ in range(self.pulls)]
        return Measured(torch.cat(every).mean().item(), {"first": every[0].mean().item()})


KINDS = [Line, Normal, Map, Ask, Distance, Judge, Grid, Slow, Show, Heap, Mean, Few]


def toy_library() -> Library:
    """Return the shipped kinds and the toys."""
    library = find()
    for kind in KINDS:
        library.kinds[kind.__name__] = kind
        library.categories[kind.__name__] = "toys"
        library.sources[kind.__name__] = "test"
    return library


def toy_catalogue() -> Catalogue:
    return catalogue(toy_library())


def session(seed: int = 0) -> Session:
    return Session(seed=seed, library=toy_library())


def graph(nodes: dict[str, object], wires: str) -> Graph:
    """Build a graph from `{"a": "Kind", "b": ("Kind", {param: value})}` and `a.x>b.y` words."""
    made = Graph()
    for name, spec in nodes.items():
        kind, values = spec if isinstance(spec, tuple) else (spec, {})
        if kind == "twin":
            made.nodes[name] = Place(kind=made.nodes[values].kind, twin=values)
        else:
            made.nodes[name] = Place(kind=str(kind), params=dict(values))
    made.wires += wires_of(wires)
    return made


def wires_of(words: str) -> list[Wire]:
    """Return the wires that `a.x>b.y` words name."""
    pairs = (word.split(">") for word in words.split())
    return [Wire(*source.split("."), *target.split(".")) for source, target in pairs]


def fit(steps: int = 30, **more: object) -> Graph:
    """A network that learns the identity on a line, with a view, a metric and a sampler."""
    nodes = {
        "line": "Line",
        "map": "Map",
        "distance": "Distance",
        "adam": ("Optimizer", {"rate": 0.01}),
        "trainer": ("Trainer", {"steps": steps}),
        "normal": "Normal",
        "twin": ("twin", "map"),
        "show": "Show",
        "mean": "Mean",
    }
    wires = """line.points>map.x line.points>distance.x map.y>distance.y distance.loss>adam.loss
        map.model>adam.models adam.optimizer>trainer.optimizers normal.z>twin.x twin.y>show.points
        map.y>mean.points line.labels>mean.labels"""
    return graph(nodes | more, wires)


def gan(steps: int = 10, turns: int = 5) -> Graph:
    """A Wasserstein GAN: two optimisers on one trainer, the critic reached only as a model."""
    nodes = {
        "line": "Line",
        "noise": "Normal",
        "generator": "Map",
        "critic": ("Map", {"out": 1}),
        "critic_loss": "Judge",
        "generator_loss": ("Judge", {"side": "generator"}),
        "adam_c": ("Optimizer", {"every": turns, "rate": 0.01}),
        "adam_g": ("Optimizer", {"rate": 0.01}),
        "trainer": ("Trainer", {"steps": steps}),
    }
    wires = """noise.z>generator.x line.points>critic_loss.real generator.y>critic_loss.fake
        critic.model>critic_loss.critic generator.y>generator_loss.fake
        critic.model>generator_loss.critic critic_loss.loss>adam_c.loss critic.model>adam_c.models
        generator_loss.loss>adam_g.loss generator.model>adam_g.models
        adam_c.optimizer>trainer.optimizers adam_g.optimizer>trainer.optimizers"""
    return graph(nodes, wires)


class Listener:
    """A host that keeps what it hears and does what a test asks at each tick."""

    def __init__(self, at_tick=None) -> None:  # type: ignore[no-untyped-def]
        self.events: list[object] = []
        self.ticks = 0
        self.at_tick = at_tick

    def emit(self, event: object) -> None:
        self.events.append(event)

    def hear(self, events: Iterable[object]) -> None:
        self.events.extend(events)

    def within(self) -> None:
        self.tick(True)

    def between(self) -> None:
        self.tick(False)

    def tick(self, nested: bool) -> None:
        self.ticks += 1
        if self.at_tick is not None:
            self.at_tick(self, nested)

    def of(self, kind: type) -> list:  # type: ignore[type-arg]
        return [e for e in self.events if isinstance(e, kind)]


def digits(steps: int = 100, count: int = 64) -> Graph:
    """The course's autoencoder on 8×8 digits, of shipped kinds only: what other processes know."""
    nodes = {
        "data": "Digits",
        "encoder": ("Encoder", {"hidden": 32}),
        "z": "Reparameterize",
        "decoder": ("Decoder", {"hidden": 32, "shape": [1, 8, 8]}),
        "elbo": "ELBO",
        "adam": "Optimizer",
        "trainer": ("Trainer", {"steps": steps}),
        "prior": ("Prior", {"count": count}),
        "sampler": ("twin", "decoder"),
        "samples": "ImageGrid",
        "cloud": "Scatter",
        "test_loss": "Average",
    }
    wires = """data.images>encoder.x encoder.q>z.q z.z>decoder.z data.images>elbo.x
        encoder.q>elbo.q decoder.x_hat>elbo.x_hat elbo.loss>adam.loss encoder.model>adam.models
        decoder.model>adam.models adam.optimizer>trainer.optimizers prior.z>sampler.z
        sampler.x_hat>samples.images encoder.q>cloud.points data.labels>cloud.labels
        elbo.bound>test_loss.values"""
    return graph(nodes, wires)
