"""A small catalogue and the graph of a VAE: what the tests of the window edit and show."""

from __future__ import annotations

from engine.document.catalogue import Catalogue, KindInfo, ParamInfo, PortInfo, TypeInfo
from engine.document.graph import Graph, Place, Wire


def _port(name: str, type: str, **more: object) -> PortInfo:
    return PortInfo(name=name, type=type, **more)  # type: ignore[arg-type]


TYPES = [
    TypeInfo(name="Batch", family="points", glyph="ring"),
    TypeInfo(name="Images", parents=["Batch"], family="images", glyph="square", axes="b c h w"),
    TypeInfo(name="Points", parents=["Batch"], family="points", glyph="disc", axes="b d"),
    TypeInfo(name="Labels", family="labels", glyph="tag", axes="b"),
    TypeInfo(name="Gaussian", family="distribution", glyph="bell", axes="b d"),
    TypeInfo(name="Loss", family="loss", glyph="triangle", axes=""),
    TypeInfo(name="Model", family="model", glyph="diamond"),
    TypeInfo(name="Optimizing", family="object", glyph="ring"),
    TypeInfo(name="Trained", family="object", glyph="ring"),
]
KINDS = [
    KindInfo(
        kind="Digits",
        title="Digits",
        category="Data",
        icon="database",
        summary="8 by 8 handwritten digits, embedded.",
        outputs=[_port("images", "Images"), _port("labels", "Labels")],
        params=[ParamInfo(name="batch", type="int", default=128, low=1, high=4096, title="Batch")],
    ),
    KindInfo(
        kind="Encoder",
        title="Encoder",
        category="Autoencoders",
        summary="Map data to a Gaussian over the latent.",
        weights=True,
        inputs=[_port("x", "Batch")],
        outputs=[_port("q", "Gaussian"), _port("model", "Model")],
        params=[
            ParamInfo(name="hidden", type="int", default=64, low=1, high=8192, title="Hidden"),
            ParamInfo(name="latent", type="int", default=2, low=1, high=4096, title="Latent size"),
        ],
        opens=True,
    ),
    KindInfo(
        kind="Reparameterize",
        title="Reparameterize",
        category="Autoencoders",
        inputs=[_port("q", "Gaussian")],
        outputs=[_port("z", "Points")],
    ),
    KindInfo(
        kind="Decoder",
        title="Decoder",
        category="Autoencoders",
        weights=True,
        inputs=[_port("z", "Points")],
        outputs=[_port("x", "Images"), _port("model", "Model")],
        opens=True,
    ),
    KindInfo(
        kind="ELBO",
        title="ELBO",
        category="Autoencoders",
        inputs=[_port("x", "Batch"), _port("q", "Gaussian"), _port("x_hat", "Batch")],
        outputs=[_port("loss", "Loss")],
    ),
    KindInfo(
        kind="Optimizer",
        title="Optimizer",
        category="Training",
        role="optimizer",
        inputs=[_port("loss", "Loss", stream=True), _port("models", "Model", many=True)],
        outputs=[_port("optimizer", "Optimizing")],
        params=[
            ParamInfo(
                name="rate", type="float", default=1e-3, low=0, high=1, live=True, title="Rate"
            )
        ],
    ),
    KindInfo(
        kind="Trainer",
        title="Trainer",
        category="Training",
        role="trainer",
        inputs=[
            _port("optimizers", "Optimizing", many=True),
            _port("after", "Trained", optional=True),
        ],
        outputs=[_port("trained", "Trained")],
        params=[
            ParamInfo(name="steps", type="int", default=1000, low=1, high=10**9, title="Steps")
        ],
    ),
    KindInfo(
        kind="Scatter",
        title="Scatter",
        category="Views",
        role="view",
        figure="points",
        inputs=[_port("points", "Points"), _port("labels", "Labels", optional=True)],
    ),
]

ROLES = [
    KindInfo(kind="Network", title="Network", category="roles", outputs=[_port("model", "Model")]),
    KindInfo(
        kind="Denoiser",
        title="Denoiser",
        category="roles",
        inputs=[
            _port("x", "Batch"),
            _port("t", "Values"),
            _port("labels", "Labels", optional=True),
        ],
        outputs=[_port("model", "Denoiser")],
    ),
]
CATALOGUE = Catalogue(
    kinds={k.kind: k for k in KINDS},
    roles={r.kind: r for r in ROLES},
    types={t.name: t for t in TYPES},
    version="sample",
)

_PLACES = {
    "digits": ("Digits", 0, 0),
    "encoder": ("Encoder", 192, 0),
    "reparameterize": ("Reparameterize", 384, 0),
    "decoder": ("Decoder", 576, 0),
    "elbo": ("ELBO", 768, 0),
    "optimizer": ("Optimizer", 960, 0),
    "trainer": ("Trainer", 1152, 0),
    "scatter": ("Scatter", 576, 240),
}
_WIRES = [
    ("digits", "images", "encoder", "x"),
    ("encoder", "q", "reparameterize", "q"),
    ("reparameterize", "z", "decoder", "z"),
    ("digits", "images", "elbo", "x"),
    ("encoder", "q", "elbo", "q"),
    ("decoder", "x", "elbo", "x_hat"),
    ("elbo", "loss", "optimizer", "loss"),
    ("encoder", "model", "optimizer", "models"),
    ("decoder", "model", "optimizer", "models"),
    ("optimizer", "optimizer", "trainer", "optimizers"),
    ("reparameterize", "z", "scatter", "points"),
    ("digits", "labels", "scatter", "labels"),
]


def vae() -> Graph:
    """Return the graph of a VAE, eight nodes, as a file gives it."""
    graph = Graph(title="A VAE")
    for name, (kind, x, y) in _PLACES.items():
        graph.nodes[name] = Place(kind=kind)
        graph.layout.positions[name] = [float(x), float(y)]
    graph.wires = [Wire(*ends) for ends in _WIRES]
    graph.layout.views = ["scatter"]
    return graph
