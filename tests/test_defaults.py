"""What default parameters train to: a VAE and a GAN on Digits show digits."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from engine.document.graph import Graph, Place
from engine.document.tries import with_fix, with_fixes
from engine.run.session import Session
from tests.test_examples import trained
from tests.workbench.design import wire

SHAPE = {"shape": [1, 8, 8]}  # what the checker asks for, with a fix
DRAWN, NEAR, SHARE = 1000, 3, 0.9
LEAST = {"VAE": (0.4, 8), "GAN": (0.3, 6)}  # share of digits, and classes
WIRES = {
    "VAE": """data.images>encoder.x data.images>loss.x encoder.q>sample.q encoder.q>loss.q
        sample.z>decoder.z decoder.x_hat>loss.x_hat loss.loss>optimizer.loss
        encoder.model>optimizer.models decoder.model>optimizer.models
        optimizer.optimizer>trainer.optimizers noise.z>drawn.z drawn.x_hat>grid.images""",
    "GAN": """data.images>critic_loss.real prior.z>generator.z generator.x_hat>critic_loss.fake
        critic.model>critic_loss.critic generator.x_hat>generator_loss.fake
        critic.model>generator_loss.critic critic_loss.loss>optimizer.loss
        critic.model>optimizer.models generator_loss.loss>optimizer_2.loss
        generator.model>optimizer_2.models optimizer.optimizer>trainer.optimizers
        optimizer_2.optimizer>trainer.optimizers noise.z>drawn.z drawn.x_hat>grid.images""",
}
KINDS = {
    "VAE": "Encoder encoder Reparameterize sample Decoder decoder ELBO loss Optimizer optimizer",
    "GAN": "Prior prior Generator generator Discriminator critic CriticLoss critic_loss "
    "GeneratorLoss generator_loss Optimizer optimizer Optimizer optimizer_2",
}


def made(name: str) -> Graph:
    """Return a model of default parameters, with samples of it in a grid."""
    words = f"Digits data {KINDS[name]} Trainer trainer".split()
    nodes = {node: Place(kind=kind) for kind, node in zip(words[::2], words[1::2], strict=True)}
    maker = "decoder" if name == "VAE" else "generator"
    nodes[maker].params = dict(SHAPE)
    nodes["noise"] = Place(kind="Prior", params={"count": DRAWN, "seed": 7})
    nodes["drawn"] = Place(kind=nodes[maker].kind, twin=maker)
    nodes["grid"] = Place(kind="ImageGrid", params={"count": DRAWN})
    return Graph(nodes=nodes, wires=[wire(text) for text in WIRES[name].split()])


@cache
def digits() -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
    """Return half of the digits, their classes, and how far most of the others are from them."""
    data = load_digits()
    images, labels = data.images.reshape(-1, 64) / 16, data.target
    far, _ = nearest(images[1::2], images[::2])
    return images[::2], labels[::2], float(np.quantile(far[:, 0], SHARE))


def nearest(
    images: NDArray[np.float64], real: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the distances to the nearest real digits, and which these are."""
    squares = (images**2).sum(1)[:, None] - 2 * images @ real.T + (real**2).sum(1)
    which = squares.argsort(1)[:, :NEAR]
    return np.sqrt(np.maximum(np.take_along_axis(squares, which, 1), 0)), which


def are_digits(images: NDArray[np.float64]) -> tuple[float, int]:
    """Return the share of images that are as near to digits as digits are, and how many classes.

    The nearest digits must be of one class. A class counts from a hundredth of the images on.
    """
    real, labels, reach = digits()
    far, which = nearest(images, real)
    classes = labels[which]
    good = (far[:, 0] <= reach) & (classes == classes[:, :1]).all(1)
    found = np.bincount(classes[good, 0], minlength=10)
    return float(good.mean()), int((found >= len(images) / 100).sum())


def test_digits_are_digits_but_noise_is_none() -> None:
    rng = np.random.default_rng(0)
    held_out = load_digits().images.reshape(-1, 64)[1::2] / 16
    share, classes = are_digits(held_out)
    assert share > 0.8 and classes == 10
    assert are_digits(rng.uniform(size=(500, 64))) == (0.0, 0)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", ["VAE", "GAN"])
def test_defaults_show_digits(name: str, seed: int) -> None:
    graph = made(name)
    if name == "GAN":  # what the fix sets
        graph.nodes["data"].params["range"] = "[-1, 1]"
    figure = trained(graph, Session(seed=seed)).figures["grid"][-1].figure
    shown = figure.arrays["images"]
    images = np.frombuffer(shown.data, shown.dtype).reshape(DRAWN, 64) / 255
    share, classes = are_digits(images)
    print(f"{name}, seed {seed}: {share:.2f} are digits, of {classes} classes")
    least, fewest = LEAST[name]
    assert share > least and classes >= fewest


def test_real_and_generated_pictures_must_lie_in_one_range() -> None:
    session, graph = Session(), made("GAN")
    found = session.update(graph).problems
    (problem,) = with_fixes(found, session.mends(found))
    assert problem.node == "critic_loss" and problem.fix is not None
    assert not session.update(with_fix(graph, problem.fix)).problems
