"""Values for every input port, so that every kind passes through the laws: models, laws, files."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

import resources
from nodes.audio.spectrogram import Spectrogram
from nodes.autoencoders.encoded_data import EncodedData
from nodes.base import Node
from nodes.data.known_files import SPOKEN_DIGITS
from nodes.data.text_file import Text
from nodes.data.toys import GaussianPoints
from nodes.data.wav import wav_of
from nodes.diffusion.noise_schedule import NoiseSchedule
from nodes.flows.affine_coupling import AffineCoupling
from nodes.flows.base import Flow
from nodes.flows.base_law import BaseLaw
from nodes.flows.posteriors import banana
from nodes.language.rule import TextRule
from nodes.language.text_decoder import TextDecoder
from nodes.language.transformer import Transformer
from nodes.language.vocabularies import of_bytes
from nodes.language.words import of_words
from nodes.layers.embeddings import Embedding
from nodes.matching.brownian import BrownianBridge
from nodes.metrics.feature_net import FeatureNet
from nodes.molecules.atoms import TYPES, Atom
from nodes.molecules.network import MoleculeNetwork
from nodes.ports import Port, inputs
from nodes.training.optimizer import Optimizer
from nodes.types import Critic, Denoiser, Gaussian, Measured, Molecules, Shape, TextVectors
from tests.nodes.data.test_cifar10 import write_cifar
from tests.nodes.data.test_mnist import write_set
from tests.tiny_models import gpt2, grey_parts, pipeline

ITEMS = 6
MODELS = {"Model", "Critic", "Denoiser", "Velocity", "Flow", "Path"}
"""Types that stand for items of one shape; where they are asked for, items are points."""
IMAGES = (4, 4, 4)
ON_IMAGES = {"Squeeze", "Split", "Dequantize", "FlowImageSampler", "FilmStrip"}


class StandIn(Node):
    """Give items back, mixed by one matrix and moved by the time: a denoiser or a velocity."""

    handle = Denoiser
    predicts = "score"
    classes = 3

    def build(self, x: Shape) -> None:
        self.net = nn.Linear(x.numel, x.numel)

    def forward(self, x: Any, t: Any, labels: Any = None) -> Denoiser:
        y: Tensor = self.net(x.flatten(1)).view(x.shape)
        return y + t.view(-1, *[1] * (x.dim() - 1))


class Judge(Node):
    """Score items by one matrix: a critic."""

    handle = Critic
    pack = 1

    def build(self, x: Shape) -> None:
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(x.numel, 3), nn.Linear(3, 1))

    def forward(self, x: Any, labels: Any = None) -> Critic:
        return self.net(x).squeeze(1)

    def features(self, x: Tensor) -> Tensor:
        return self.net[:-1](x)


def shown(model: Node, predicts: str = "score") -> Node:
    """Return a model that was built for points."""
    model.build_for({"x": Shape((2,))})
    model.predicts = predicts  # type: ignore[assignment]
    return model


OBJECTS: dict[str, Callable[[str], Any]] = {
    "Critic": lambda port: shown(Judge()),
    "Model": lambda port: shown(Judge()),
    "Denoiser": lambda port: shown(StandIn()),
    "Velocity": lambda port: shown(StandIn(), "velocity"),
    "Schedule": lambda port: NoiseSchedule()(),
    "BrownianBridge": lambda port: BrownianBridge()(),
    "Flow": lambda port: flow_of([2]),
    "Path": lambda port: torch.randn(5, ITEMS, 2),
    "Features": lambda port: features(),
    "Measured": lambda port: Measured(1.0, {"items": 3.0}),
    "Optimizer": lambda port: optimizer(),
    "Text": lambda port: Text("so it is as it was\n" * 20, "as=it\n" * 9),
    "SoundScale": lambda port: sound_scale(),
    "Vocabulary": lambda port: of_bytes("", "", 0),
    "Network": lambda port: vectors_of_bytes(),
    "LanguageModel": lambda port: language_model(),
    "LineModel": lambda port: line_model(),
    "Rule": lambda port: TextRule(pattern="[a-z]", length=6)(),
    "LatentScale": lambda port: encoded(),
    "MoleculeModel": lambda port: molecule_model(),
    "Posterior": lambda port: banana(4),
}

NUMBERS: dict[str, Callable[[], Any]] = {
    "Batch": lambda: torch.rand(ITEMS, 1, 28, 28),
    "Images": lambda: torch.rand(ITEMS, 1, 28, 28),
    "Points": lambda: torch.randn(ITEMS, 2),
    "Rows": lambda: torch.randn(ITEMS, 7, 4),
    "Labels": lambda: torch.arange(ITEMS) % 3,
    "Tokens": lambda: torch.randint(0, 5, (ITEMS, 7)),
    "Audio": lambda: torch.randn(ITEMS, 1, 64),
    "Values": lambda: torch.randn(ITEMS),
    "Loss": lambda: torch.rand(()),
    "Scalar": lambda: torch.rand(()),
    "Plan": lambda: torch.rand(ITEMS, ITEMS),
    "Drawing": lambda: torch.arange(ITEMS)[:, None] % 3,
    "TextVectors": lambda: TextVectors(
        torch.randn(ITEMS, 7, 4), torch.arange(7).expand(ITEMS, 7) < 5, torch.randn(ITEMS, 4)
    ),
    "Gaussian": lambda: Gaussian(torch.randn(ITEMS, 2), torch.randn(ITEMS, 2)),
    "Molecules": lambda: chains(),
}


def sound_scale() -> Node:
    """Return a spectrogram whose pictures have as many rows as those here."""
    scale = Spectrogram(mels=28)
    scale.build_for({})
    return scale


def language_model() -> Node:
    """Return a small transformer that looks back on seven bytes."""
    model = Transformer(preset="own", layers=1, heads=1, width=4, vocabulary=256)
    model.build_for({"tokens": Shape((7,))})
    return model


def vectors_of_bytes() -> Node:
    """Return vectors of four numbers for 256 tokens."""
    node = Embedding(vocabulary=256, size=4)
    node.build_for({"tokens": Shape((7,))})
    return node


def line_model() -> Node:
    """Return a small decoder of lines of seven tokens, told by points."""
    model = TextDecoder(layers=1, heads=1, width=4, vocabulary=256)
    model.build_for({"z": Shape((2,)), "tokens": Shape((7,))})
    return model


def encoded() -> Node:
    """Return the scale of codes that are points."""
    node = EncodedData(shape=[2, 1, 1])
    node.build_for({})
    return node


def chains() -> Molecules:
    """Return chains of two to four atoms of carbon, hydrogens counted in."""
    long = torch.arange(ITEMS) % 3 + 2
    here = torch.arange(4) < long[:, None]
    bonds = (torch.ones(4, 4).triu(1) - torch.ones(4, 4).triu(2)).long()
    bonds = (bonds + bonds.T) * here[:, None] * here[:, :, None]
    types = (TYPES[Atom("C", 0)] + 4 - bonds.sum(2)) * here
    return Molecules(torch.randn(ITEMS, 4, 3) * here[..., None], types, bonds)


def molecule_model() -> Node:
    """Return a small network of molecules."""
    model = MoleculeNetwork(layers=1, width=8, pair_width=4, heads=2)
    model.build_for({"molecules": Shape((4,))})
    return model


def value_for(kind: type[Node], port: Port) -> Any:
    """Return what a wire into this port might carry."""
    name = port.types[0].name
    if name == "Flow" and kind.__name__ in ON_IMAGES:
        return flow_of([*IMAGES])
    if port.name == "states":
        return torch.randn(ITEMS, 8)
    if port.name == "latents":
        return torch.randn(ITEMS, 2, 1, 1)
    if name == "Path" and kind.__name__ == "MoleculeView":
        return torch.randn(5, ITEMS, 4, 3)
    if name == "Path" and kind.__name__ in ON_IMAGES:
        return torch.rand(5, ITEMS, *IMAGES)
    if kind.__name__ == "AtomsAtPoints" and port.name == "points":
        return torch.randn(ITEMS, 12)
    if kind.__name__ == "ScoreHead":
        return torch.randn(ITEMS, 1)
    if port.name == "logits":
        return torch.randn(ITEMS, 3) if name == "Points" else torch.randn(ITEMS, 7, 256)
    if port.name == "surprise":
        return torch.rand(ITEMS, 6)
    if kind.__name__ == "Prompts":
        return of_words(["a large three at the centre"])
    if name in OBJECTS:
        return OBJECTS[name](port.name)
    return NUMBERS["Points" if name == "Batch" and asks_a_model(kind) else name]()


def asks_a_model(kind: type[Node]) -> bool:
    return any(p.types[0].name in MODELS for p in inputs(kind) if not p.optional)


def flow_of(shape: list[int]) -> Flow:
    """Return a flow of one layer with weights."""
    flow: Flow = AffineCoupling(mask="channel", hidden=4)(BaseLaw(shape=shape)())
    return flow


@cache
def features() -> Any:
    """Return the shipped network; it is read before fake tensors come."""
    return FeatureNet()()


def optimizer() -> Optimizer:
    model, x = shown(Judge()), torch.randn(ITEMS, 2)
    node = Optimizer()
    node.loss, node.models = Losses(model, x), (model,)
    return node


class Losses:
    """A stream of the losses of one model."""

    length = None

    def __init__(self, model: Node, x: Tensor) -> None:
        self.model, self.x, self.modules = model, x, (model,)

    def accelerated(self, *, autocast: torch.dtype | None) -> None:
        """Do nothing."""

    def __next__(self) -> Tensor:
        loss: Tensor = self.model(self.x).square().mean()
        return loss


@cache
def files() -> Path:
    """Return a folder with a table, pictures of two classes and the four files of MNIST."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    rows = np.random.default_rng(0).normal(size=(40, 2))
    (folder / "table.csv").write_text("x,y\n" + "\n".join(f"{x},{y}" for x, y in rows))
    for name in ("a", "b"):
        (folder / "pictures" / name).mkdir(parents=True)
        for number in range(5):
            image = Image.new("L", (8, 8), 20 * number)
            image.save(folder / "pictures" / name / f"{number}.png")
        for number in range(5):
            sound = np.sin(np.arange(64) * (number + 1))[None].astype(np.float32)
            path = folder / "sounds" / name / f"{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav_of(sound, 8000))
    copied = folder / "fsdd" / SPOKEN_DIGITS.files[0].name
    copied.parent.mkdir()
    shutil.copy(resources.path("sounds", "spoken-digits.tar.gz"), copied)
    water = "3\n\nO 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n"
    (folder / "water.xyz").write_text(3 * water)
    (folder / "text.txt").write_text("so it is as it was " * 20)
    write_set(folder / "mnist")
    write_set(folder / "fashion-mnist")
    write_cifar(folder / "cifar-10-batches-bin")
    return folder


OPTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "ArrayFile": lambda: {"file": str(files() / "table.csv"), "batch": 5},
    "AudioFolder": lambda: {"folder": str(files() / "sounds"), "samples": 64, "batch": 5},
    "SpokenDigits": lambda: {"folder": str(files() / "fsdd"), "samples": 512, "batch": 5},
    "Spectrogram": lambda: {"n_fft": 32, "hop": 16, "mels": 8},
    "PixelShuffle": lambda: {"back": True},
    "Rearrange": lambda: {"pattern": "b c h w -> b (h w) c"},
    "Unpatch": lambda: {"side": 2, "rows": 1},
    "SplitChannels": lambda: {"along": "features"},
    "GriffinLim": lambda: {"rounds": 2},
    "WaveGenerator": lambda: {"samples": 64, "hidden": 8, "layers": 2},
    "WaveCritic": lambda: {"hidden": 8, "layers": 2, "shuffle": 0},
    "ImageFolder": lambda: {"folder": str(files() / "pictures"), "batch": 5},
    "MNIST": lambda: {"folder": str(files() / "mnist"), "batch": 5},
    "Cifar10": lambda: {"folder": str(files() / "cifar-10-batches-bin"), "batch": 5},
    "FashionMNIST": lambda: {"folder": str(files() / "fashion-mnist"), "batch": 5},
    "TextFile": lambda: {"file": str(files() / "text.txt")},
    "Tokenizer": lambda: {"window": 7, "batch": 5},
    "TextLines": lambda: {"shortest": 2, "longest": 6, "batch": 1},
    "TextDecoder": lambda: {"hidden": 0.0},
    "MoleculeFile": lambda: {"file": str(files() / "water.xyz"), "batch": 1},
    "SmallMolecules": lambda: {"batch": 5},
    "MoleculeSampler": lambda: {"steps": 3},
    "Captions": lambda: {"templates": "[thing]"},
    "PlacedDigits": lambda: {"folder": str(files() / "mnist"), "batch": 5},
    "Shapes": lambda: {"count": 20, "test_count": 10, "batch": 5},
    "PythonSource": lambda: {"size": 10},
    "Sums": lambda: {"lines": 20, "tests": 5},
    "TextSampler": lambda: {"length": 9},
    "EncodedData": lambda: {"shape": [2, 1, 1], "batch": 5},
    "Particles": lambda: {"size": 128, "test_size": 128, "batch": 5},
    "Trainer": lambda: {"steps": 2},
    "RuleRate": lambda: {"count": 4},
    "Continuous": lambda: {"hidden": 8, "tolerance": 1e-3},
    "BridgeGap": lambda: {"count": 4},
    "PretrainedLanguageModel": lambda: {"folder": str(gpt2()), "frozen": False},
    "PretrainedVocabulary": lambda: {"folder": str(gpt2())},
    "PretrainedTextEncoder": lambda: {"folder": str(pipeline()), "frozen": False},
    **dict.fromkeys(
        ("PretrainedUNet", "PretrainedImageEncoder", "PretrainedImageDecoder"),
        lambda: {"folder": str(grey_parts()), "frozen": False},
    ),
    "PretrainedSchedule": lambda: {"folder": str(pipeline())},
}
"""What a kind needs besides its defaults to be quick, or to be at all."""


def made(kind: type[Node]) -> Node:
    """Return a node of this kind that can be called."""
    return kind(**OPTIONS.get(kind.__name__, dict)())


GAUSSIANS = {"BridgeGap": {"source", "target"}}
"""Streams that must come from a Gaussian whose moments are known."""


def law_behind(kind: type[Node], port: str) -> GaussianPoints | None:
    return GaussianPoints() if port in GAUSSIANS.get(kind.__name__, ()) else None
