"""Figures of every kind, made of real digits and of random clouds: what the plots' tests draw."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import resources
from engine.document.messages import Array, FigureData


def figure(kind: str, facts: dict[str, Any] | None = None, **arrays: Any) -> FigureData:
    """Make a figure; an array's name may hold a colon as `y__loss`."""
    named = {name.replace("__", ":"): Array.of(values) for name, values in arrays.items()}
    return FigureData(kind=kind, arrays=named, facts=facts or {})


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the embedded digits, 0 to 1, and their classes."""
    with np.load(resources.path("digits", "digits.npz")) as file:
        return (file["images"] / 16).astype(np.float32), file["labels"].astype(np.int64)


@cache
def latent() -> np.ndarray:
    """Return each digit's place in the plane of the two principal axes."""
    flat = digits()[0].reshape(-1, 64)
    flat = flat - flat.mean(axis=0)
    return flat @ np.linalg.svd(flat, full_matrices=False)[2][:2].T


def curve(count: int = 2000) -> FigureData:
    """Return a loss as it falls, with a term that is far smaller."""
    random = np.random.default_rng(0)
    x = np.arange(count)
    kl = 5 + 8 * np.exp(-x / 150)
    loss = 150 + 400 * np.exp(-x / 90) + random.normal(size=count) * 5 + kl
    facts = {"smooth": True, "scale": True, "names": {"loss": "ELBO"}, "unit": "nats", "end": 3000}
    return figure("curve", facts, x=x, y__loss=loss, y__kl=kl)


def scatter(count: int = 1700) -> FigureData:
    _, classes = digits()
    ids = np.arange(count)
    return figure("points", {}, points=latent()[:count], labels=classes[:count], ids=ids)


def grid(count: int = 64, **facts: Any) -> FigureData:
    images, _ = digits()
    return figure("images", facts, images=images[:count, None], ids=np.arange(count))


def density() -> FigureData:
    x = np.linspace(-3, 3, 60)
    across, up = np.meshgrid(x, x)
    values = np.exp(-((across - 1) ** 2) - up**2)
    return figure("density", {"extent": [-3, 3, -3, 3]}, values=values, points=latent()[:100])


def field() -> FigureData:
    x = np.linspace(-3, 3, 20)
    across, up = np.meshgrid(x, x)
    return figure("field", {}, x=x, y=x, u=-up, v=across, density=np.exp(-(across**2)))


def paths() -> FigureData:
    random = np.random.default_rng(0)
    return figure("paths", {}, paths=np.cumsum(random.normal(size=(30, 50, 2)), axis=0))


def plan() -> FigureData:
    random = np.random.default_rng(0)
    source, target = random.normal(size=(2, 40, 2))
    cost = ((source[:, None] - target[None]) ** 2).sum(-1)
    return figure("plan", {}, source=source, target=target, plan=np.exp(-3 * cost))


def attention() -> FigureData:
    """Return two layers of three heads over a text, each place looking at all before it alike."""
    tokens = list("To be, or\nnot")
    count = len(tokens)
    one = np.tril(np.ones((count, count))) / np.arange(1, count + 1)[:, None]
    return figure("attention", {"tokens": tokens}, maps=np.tile(one, (2, 3, 1, 1)))


def matrix() -> FigureData:
    words = ["the", "cat", "sat", "on", "the", "mat"]
    values = np.tril(np.ones((6, 6))) / np.arange(1, 7)[:, None]
    return figure("matrix", {"rows": words, "columns": words}, values=values)


def text() -> FigureData:
    return figure("text", {"texts": ["To be, or not to be.\nThat is the question.", "Words"]})


def molecules() -> FigureData:
    positions = np.array([[0, 0, 0], [1.5, 0, 0], [2.1, 1.3, 0], [-0.4, 1.0, 0.2]])
    facts = {"names": ["ethanol, in part"]}
    return figure("molecules", facts, positions=positions, numbers=np.array([6, 6, 8, 1]))


def audio() -> FigureData:
    time = np.arange(8000) / 8000
    return figure("audio", {"rate": 8000}, samples=np.sin(2 * np.pi * 440 * time).astype("f4"))


def table() -> FigureData:
    rows = [["vae", 34.2, True], ["gan", 12.1, False]]
    return figure("table", {"columns": ["model", "FID", "kept"], "rows": rows})


def blind(count: int = 24) -> FigureData:
    images, _ = digits()
    return figure("blind", {"count": count}, images=images[:count], real=np.arange(count) % 2 > 0)


def every() -> dict[str, FigureData]:
    """Return one figure of each kind."""
    made = (
        curve,
        scatter,
        grid,
        density,
        field,
        paths,
        plan,
        matrix,
        attention,
        text,
        molecules,
        audio,
        table,
        blind,
    )
    return {shown.kind: shown for shown in (make() for make in made)}
