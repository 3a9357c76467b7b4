"""A catalogue made by hand, the VAE graph of the design's pictures, what an engine says of it.

`catalogue()`, `vae()` and `checked()` are fresh at each call, so a test may change them.
"""

from __future__ import annotations

import numpy as np

from engine.document.catalogue import Catalogue, KindInfo, ParamInfo, PortInfo, TypeInfo
from engine.document.graph import Graph, Layout, Place, Wire
from engine.document.messages import (
    Array,
    Checked,
    Figure,
    FigureData,
    NodeInfo,
    Progress,
    WireInfo,
)

TYPES = [
    TypeInfo(name="Batch", family="points", glyph="ring", axes="b ...", help="Any batch of data."),
    TypeInfo(name="Images", parents=["Batch"], family="images", glyph="square", axes="b c h w"),
    TypeInfo(name="Audio", parents=["Batch"], family="images", glyph="bars", axes="b c t"),
    TypeInfo(name="Points", parents=["Batch"], family="points", glyph="disc", axes="b d"),
    TypeInfo(name="Labels", family="labels", glyph="tag", axes="b"),
    TypeInfo(name="Tokens", parents=["Batch"], family="labels", glyph="pill", axes="b t"),
    TypeInfo(name="Gaussian", family="distribution", glyph="bell", axes="b d"),
    TypeInfo(name="Molecules", family="molecules", glyph="hexagon", axes="b n"),
    TypeInfo(name="Score", family="score", glyph="arrow", axes="b d"),
    TypeInfo(name="Plan", family="score", glyph="cross", axes="n m"),
    TypeInfo(name="Loss", family="loss", glyph="triangle", axes=""),
    TypeInfo(name="Model", family="model", glyph="diamond"),
    TypeInfo(name="Critic", parents=["Model"], family="model", glyph="diamond"),
    TypeInfo(name="Optimizer", family="object", glyph="ring"),
    TypeInfo(name="Trainer", family="object", glyph="ring"),
]

MODEL = PortInfo(name="model", type="Model", help="The node itself, for what must call it freely.")


def _number(name: str, default: float, low: float, high: float, unit: str = "") -> ParamInfo:
    kind = "int" if isinstance(default, int) else "float"
    title = name.replace("_", " ").capitalize()
    return ParamInfo(
        name=name, type=kind, default=default, title=title, low=low, high=high, unit=unit
    )


def _ports(*names: str, **more: object) -> list[PortInfo]:
    return [PortInfo(name=n, type=t, **more) for n, t in (p.split(":") for p in names)]  # type: ignore[arg-type]


KINDS = [
    KindInfo(
        kind="MNIST",
        title="MNIST",
        category="data",
        icon="database",
        summary="Give handwritten digits, 28 x 28.",
        outputs=_ports("images:Images", "labels:Labels"),
        params=[
            _number("batch", 128, 1, 65536, "images"),
            ParamInfo(
                name="split",
                type="choice",
                default="train",
                title="Split",
                choices=["train", "test"],
                help="The part that training draws from.",
            ),
        ],
    ),
    KindInfo(
        kind="LatentGrid",
        title="Latent grid",
        category="data",
        icon="grid-3x3",
        summary="Give the points of a square grid.",
        outputs=_ports("z:Points"),
        params=[_number("side", 12, 2, 64, "points"), _number("reach", 2.2, 0.1, 10.0)],
    ),
    KindInfo(
        kind="Noise",
        title="Noise",
        category="data",
        icon="dices",
        summary="Draw points from a standard Gaussian.",
        outputs=_ports("z:Points"),
        params=[_number("dims", 64, 1, 4096, "dims"), _number("number", 32, 1, 65536)],
    ),
    KindInfo(
        kind="Flatten",
        title="Flatten",
        category="layers",
        icon="minus",
        summary="Turn any batch into points.",
        inputs=_ports("x:Batch"),
        outputs=_ports("y:Points"),
    ),
    KindInfo(
        kind="Embedding",
        title="Embedding",
        category="layers",
        icon="type",
        summary="Give each token a vector that is learnt.",
        inputs=_ports("tokens:Tokens"),
        outputs=[*_ports("h:Points"), MODEL],
        params=[_number("size", 64, 1, 4096)],
        weights=True,
    ),
    KindInfo(
        kind="PatchTokenizer",
        title="Patch tokenizer",
        category="layers",
        icon="grid-2x2",
        summary="Cut images into patches and number them.",
        inputs=_ports("images:Images"),
        outputs=_ports("tokens:Tokens"),
    ),
    KindInfo(
        kind="Encoder",
        title="Encoder",
        category="autoencoders",
        icon="binary",
        summary="Map data to a Gaussian over the latent space.",
        doc="Map data to a Gaussian over the latent, q(z|x) = N(mu(x), diag sigma(x)^2).",
        formula=r"q_\phi(z|x) = \mathcal{N}(\mu_\phi(x), \mathrm{diag}\,\sigma_\phi^2(x))",
        paper="Kingma and Welling, 2014",
        paper_url="https://arxiv.org/abs/1312.6114",
        inputs=_ports("x:Batch"),
        outputs=[*_ports("q:Gaussian"), MODEL],
        params=[
            _number("hidden", 64, 1, 8192, "units"),
            _number("latent", 2, 1, 4096, "dims"),
            ParamInfo(
                name="activation",
                type="choice",
                default="relu",
                title="Activation",
                choices=["relu", "gelu", "tanh"],
            ),
            ParamInfo(
                name="rate",
                type="float",
                default=1.0,
                title="Learning-rate scale",
                low=0.0,
                high=100.0,
                unit="×",
                live=True,
            ),
        ],
        weights=True,
    ),
    KindInfo(
        kind="Reparameterize",
        title="Reparameterize",
        category="autoencoders",
        icon="dices",
        summary="Draw from a Gaussian so that gradients pass.",
        formula=r"z = \mu + \sigma \odot \epsilon",
        inputs=_ports("q:Gaussian"),
        outputs=_ports("z:Points"),
    ),
    KindInfo(
        kind="Decoder",
        title="Decoder",
        category="autoencoders",
        icon="split",
        summary="Map latent points back to data.",
        inputs=_ports("z:Points"),
        outputs=[*_ports("x_hat:Images"), MODEL],
        params=[_number("hidden", 64, 1, 8192, "units")],
        weights=True,
    ),
    KindInfo(
        kind="ELBO",
        title="ELBO",
        category="autoencoders",
        icon="sigma",
        summary="Negative evidence lower bound of a VAE, in nats.",
        formula=r"-\mathbb{E}_{q}[\log p(x|z)] + \beta\, \mathrm{KL}(q \| p)",
        inputs=_ports("x:Batch", "q:Gaussian", "x_hat:Images"),
        outputs=_ports("loss:Loss"),
        params=[
            ParamInfo(
                name="beta",
                type="float",
                default=1.0,
                title="β",
                low=0.0,
                high=1000.0,
                live=True,
            )
        ],
    ),
    KindInfo(
        kind="Critic",
        title="Critic",
        category="adversarial",
        icon="scan-eye",
        summary="Score data: high for real, low for fake.",
        inputs=_ports("x:Points", optional=True),
        outputs=[*_ports("score:Points"), PortInfo(name="model", type="Critic")],
        params=[_number("hidden", 512, 1, 8192, "units")],
        weights=True,
    ),
    KindInfo(
        kind="Adam",
        title="Adam",
        category="training",
        icon="trending-down",
        summary="Step along averaged gradients.",
        inputs=[
            PortInfo(name="loss", type="Loss", stream=True),
            PortInfo(name="models", type="Model", many=True),
        ],
        outputs=_ports("optimizer:Optimizer"),
        params=[
            ParamInfo(
                name="rate",
                type="float",
                default=1e-3,
                title="Learning rate",
                low=0.0,
                high=10.0,
                live=True,
            ),
            _number("every", 1, 1, 1000, "turns"),
        ],
        role="optimizer",
    ),
    KindInfo(
        kind="Trainer",
        title="Trainer",
        category="training",
        icon="timer",
        summary="Run the optimisers in turns, step after step.",
        inputs=[
            PortInfo(name="optimizers", type="Optimizer", many=True),
            PortInfo(name="after", type="Trainer", optional=True),
        ],
        outputs=[],
        params=[_number("epochs", 20, 1, 100000, "epochs")],
        role="trainer",
    ),
    KindInfo(
        kind="ImageGrid",
        title="Image grid",
        category="views",
        icon="layout-grid",
        summary="Show images in a grid.",
        inputs=_ports("images:Images"),
        role="view",
        figure="images",
    ),
    KindInfo(
        kind="Scatter",
        title="Scatter",
        category="views",
        icon="chart-scatter",
        summary="Show points in the plane, coloured by class.",
        inputs=[*_ports("points:Points"), *_ports("classes:Labels", optional=True)],
        role="view",
        figure="points",
    ),
]

WIRES = """
mnist.images>encoder.x    encoder.q>sample.q         sample.z>decoder.z
mnist.images>elbo.x       encoder.q>elbo.q           decoder.x_hat>elbo.x_hat
elbo.loss>adam.loss       encoder.model>adam.models  decoder.model>adam.models
adam.optimizer>trainer.optimizers
grid.z>decoder_2.z        decoder_2.x_hat>images.images
sample.z>scatter.points   mnist.labels>scatter.classes
"""

POSITIONS = {
    "mnist": [24.0, 120.0],
    "encoder": [208.0, 120.0],
    "sample": [416.0, 120.0],
    "decoder": [632.0, 120.0],
    "elbo": [848.0, 80.0],
    "adam": [1024.0, 80.0],
    "trainer": [1216.0, 80.0],
    "grid": [56.0, 400.0],
    "decoder_2": [264.0, 400.0],
    "images": [512.0, 400.0],
    "scatter": [768.0, 400.0],
}

REROUTES = {
    "mnist.images>elbo.x": [[200.0, 56.0], [792.0, 56.0]],
    "encoder.q>elbo.q": [[400.0, 96.0], [792.0, 96.0]],
    "encoder.model>adam.models": [[400.0, 312.0], [968.0, 312.0]],
    "decoder.model>adam.models": [[824.0, 280.0], [944.0, 280.0]],
    "sample.z>scatter.points": [[640.0, 264.0]],
    "mnist.labels>scatter.classes": [[184.0, 328.0], [640.0, 328.0]],
}


def catalogue() -> Catalogue:
    """Return the kinds and types above."""
    return Catalogue(
        kinds={k.kind: k for k in KINDS}, types={t.name: t for t in TYPES}, version="sample"
    )


def wire(text: str) -> Wire:
    """Read a wire as `str(wire)` writes it."""
    source, target = (end.split(".") for end in text.split(">"))
    return Wire(source[0], source[1], target[0], target[1])


def vae() -> Graph:
    """Return the VAE of the design: eleven nodes, one of them a twin, a frame and a note."""
    return Graph(
        title="VAE on MNIST",
        nodes={
            "mnist": Place(kind="MNIST"),
            "encoder": Place(kind="Encoder", params={"hidden": 64, "latent": 2}),
            "sample": Place(kind="Reparameterize"),
            "decoder": Place(kind="Decoder"),
            "elbo": Place(kind="ELBO"),
            "adam": Place(kind="Adam"),
            "trainer": Place(kind="Trainer"),
            "grid": Place(kind="LatentGrid"),
            "decoder_2": Place(kind="Decoder", twin="decoder"),
            "images": Place(kind="ImageGrid"),
            "scatter": Place(kind="Scatter", title="Latent scatter"),
        },
        wires=[wire(w) for w in WIRES.split()],
        layout=Layout(
            positions={k: list(v) for k, v in POSITIONS.items()},
            reroutes={k: [list(p) for p in v] for k, v in REROUTES.items()},
            frames={
                "look": {
                    "title": "Look at the latent space",
                    "subtitle": "one decoder, used twice",
                    "rect": [32.0, 352.0, 936.0, 288.0],
                }
            },
            notes={
                "try": {
                    "title": "Try this",
                    "text": "Raise β to 4 while it runs: the classes overlap more, the grid gets "
                    "smoother.",
                    "rect": [992.0, 352.0, 232.0, 104.0],
                }
            },
            views=["scatter", "images"],
        ),
    )


def checked(seq: int = 0) -> Checked:
    """Return what the engine's check says of `vae()`."""
    shapes = {
        "mnist.images": "b 1 28 28",
        "mnist.labels": "b",
        "encoder.q": "b 2",
        "encoder.model": "50.5k",
        "sample.z": "b 2",
        "decoder.x_hat": "b 1 28 28",
        "decoder.model": "51.2k",
        "elbo.loss": "scalar",
        "grid.z": "144 2",
        "decoder_2.x_hat": "144 1 28 28",
    }
    signs = {
        "mnist": ("train", None),
        "encoder": ("784→64→2", 50_500),
        "sample": ("z = μ + σε", None),
        "decoder": ("2→64→784", 51_200),
        "elbo": ("β 1.0", None),
        "adam": ("1e-3", None),
        "trainer": ("20 epochs", None),
        "grid": ("12×12", None),
        "decoder_2": ("shares weights", None),
    }
    ends = {tuple(end.split(".")): shape for end, shape in shapes.items()}
    return Checked(
        seq=seq,
        wires=[WireInfo(node=n, port=p, shape=s) for (n, p), s in ends.items()],
        nodes=[NodeInfo(node=n, sign=s, weights=w) for n, (s, w) in signs.items()],
    )


def progress(step: int = 7032, total: int = 9380) -> Progress:
    """Return how far the trainer of `vae()` has come."""
    return Progress(node="trainer", step=step, total=total, epoch=step / 469, rate=1240.0, left=2.0)


def figures(step: int = 7032) -> list[Figure]:
    """Return pictures for the two views of `vae()`: blobs in a grid, and ten clouds."""
    return [
        Figure(node="images", step=step, figure=_images()),
        Figure(node="scatter", step=step, figure=_points()),
    ]


def _images() -> FigureData:
    axis = np.linspace(-1, 1, 12)
    rows, columns = np.mgrid[-1:1:28j, -1:1:28j]
    pictures = [
        np.exp(-(((rows - a * 0.5) / 0.3) ** 2 + ((columns - b * 0.5) / (0.2 + 0.1 * a)) ** 2))
        for a in axis
        for b in axis
    ]
    values = np.stack(pictures)[:, None].astype(np.float32)
    return FigureData(
        kind="images",
        arrays={"images": Array.of(values)},
        facts={"columns": 12, "gap": 0, "low": 0.0, "high": 1.0},
    )


def _points() -> FigureData:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 200)
    angles = labels * 2 * np.pi / 10
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 2
    points = (centres + rng.normal(scale=0.35, size=centres.shape)).astype(np.float32)
    return FigureData(
        kind="points",
        arrays={"points": Array.of(points), "labels": Array.of(labels)},
        facts={"equal": True},
    )
