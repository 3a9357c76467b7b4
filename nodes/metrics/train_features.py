"""Train a feature network on a data set: `python -m nodes.metrics.train_features MNIST`.

Deterministic: the same data, seed and number of threads give the same file. Digits take three
minutes on one thread.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

import resources
from nodes.data.base import Split
from nodes.data.pixels import ImageSet, pixels
from nodes.library import find
from nodes.metrics.feature_files import save
from nodes.metrics.features import Convolutions
from nodes.sentences import say
from nodes.types import Shape

BATCH = 128
SHIFT = 2  # pixels by which training images move, at most
GRAIN = 0.15  # of the noise that is added at most: features shall tell digits, not grain
DROPPED = 0.2


def main(words: list[str] | None = None) -> int:
    """Train as the arguments say, write the file, and print its accuracy on the test items."""
    args = _arguments(words)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    split = read(args.data, args.folder)
    network = train(split, name=args.data, epochs=args.epochs)
    right = accuracy(network, split.test_items, split.test_labels)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    save(network, args.out, _facts(args, split, right))
    print(f"{args.out}: {100 * right:.2f} % of {len(split.test_items):,} test items right")
    return 0


def _facts(args: argparse.Namespace, split: Split, right: float) -> dict[str, str]:
    return {
        "data": args.name or args.data,
        "items": str(len(split.items)),
        "accuracy": f"{right:.4f}",
        "epochs": str(args.epochs),
        "seed": str(args.seed),
    }


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a feature network on a data set.")
    parser.add_argument("data", help="a node that draws labelled images: MNIST, FashionMNIST")
    parser.add_argument("--folder", type=Path, default=None, help="where its files lie")
    parser.add_argument("--out", type=Path, default=None, help="the file to write")
    parser.add_argument("--name", default="", help="what figures call the data; the node's name")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(words)
    args.out = args.out or resources.path("features", f"{args.data.lower()}.safetensors")
    return args


def read(data: str, folder: Path | None) -> Split:
    """Return a data set as fractions of 1, or raise `SystemExit` where it has no labelled images.

    A set without test items of its own is tested on what it was trained on.
    """
    kind = find().kinds.get(data)
    if kind is None or not issubclass(kind, ImageSet):
        raise SystemExit(f"{data} is no node that draws labelled images.")
    given: dict[str, Any] = {"folder": str(folder)} if folder else {}
    split = kind(**given).read()
    if not len(split.test_items):
        split = split._replace(test_items=split.items, test_labels=split.labels)
    into = "[0, 1]"
    return split._replace(
        items=pixels(split.items, into), test_items=pixels(split.test_items, into)
    )


def train(split: Split, *, name: str, epochs: int) -> Convolutions:
    """Return a network that tells the classes, by AdamW with one rise and fall of its rate."""
    classes = int(split.labels.max()) + 1
    network = Convolutions(
        say("{data} features", data=name), Shape(split.items.shape[1:]), classes=classes
    )
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    turns = max(1, len(split.items) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=turns * epochs)
    for epoch in range(epochs):
        network.train()
        loss = torch.zeros(())
        for index in torch.randperm(len(split.items)).split(BATCH)[:turns]:
            told = F.dropout(network.summary(varied(split.items[index])), DROPPED)
            loss = F.cross_entropy(network.head(told), split.labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {epochs}: loss {loss.item():.3f}", file=sys.stderr, flush=True)
    return network.eval()


def varied(images: Tensor) -> Tensor:
    """Move the images of a batch together, by up to `SHIFT` pixels each way, and add some grain."""
    right, down = (int(n) for n in torch.randint(-SHIFT, SHIFT + 1, (2,)))
    padded = F.pad(images, (SHIFT, SHIFT, SHIFT, SHIFT), value=images.min().item())
    rows, columns = images.shape[2:]
    moved = padded[..., SHIFT + down :, SHIFT + right :][..., :rows, :columns]
    strength = GRAIN * torch.rand(len(images), 1, 1, 1)
    return (moved + strength * torch.randn_like(moved)).clamp(0, 1)


@torch.no_grad()
def accuracy(network: Convolutions, images: Tensor, labels: Tensor) -> float:
    """Return the share of images whose class the network tells."""
    pairs = zip(images.split(500), labels.split(500), strict=True)
    right = sum(int((network.logits(x).argmax(1) == y).sum()) for x, y in pairs)
    return right / len(labels)


if __name__ == "__main__":
    raise SystemExit(main())
