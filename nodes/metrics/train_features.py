"""Train a feature network on a data set: `python -m nodes.metrics.train_features MNIST`.

Deterministic: the same data, seed and number of threads give the same file. Digits take three
minutes on one thread. Of pictures that are drawn, it tells all that is drawn; the shipped judge of
placed digits is `PlacedDigits --name "Placed digits" --near resources/features/mnist.safetensors`,
that of shapes is `Shapes`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

import resources
from nodes.data.base import Split
from nodes.data.drawing import ROWS, SPANS, DrawnSet
from nodes.data.pixels import ImageSet, pixels
from nodes.library import find
from nodes.metrics.feature_files import network_for, save
from nodes.metrics.feature_files import read as read_file
from nodes.metrics.features import CloseReader, Convolutions, Features
from nodes.sentences import say
from nodes.types import Shape

BATCH = 128
SHIFT = 2  # pixels by which training images move, at most
GRAIN = 0.15  # of the noise that is added at most: features shall tell digits, not grain
DROPPED = 0.2
TOLD = 500  # steps from one line of the report to the next


class Batches(NamedTuple):
    """How many training batches there are, and each: images (b, c, h, w), labels (b,) or (b, k)."""

    turns: int
    pairs: Iterator[tuple[Tensor, Tensor]]


def main(words: list[str] | None = None) -> int:
    """Train with the given arguments, write the file, and print its accuracy on the test items."""
    args = _arguments(words)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    split, batches = read(args.data, args.folder, args.epochs)
    network = train(split, batches, name=args.name or args.data)
    if args.near is not None:
        network = two_stage_reader(network, read_file(args.near))
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
    parser.add_argument(
        "--near",
        type=Path,
        default=None,
        help="a network that knows the things in the middle of a picture: it takes a second look",
    )
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(words)
    args.out = args.out or resources.path("features", f"{args.data.lower()}.safetensors")
    return args


def read(data: str, folder: Path | None, epochs: int) -> tuple[Split, Batches]:
    """Return a data set as fractions of 1 and its training batches, or raise `SystemExit`.

    A set without test items of its own is tested on what it was trained on.
    """
    kind = find().kinds.get(data)
    given: dict[str, Any] = {"folder": str(folder)} if folder else {}
    if kind is not None and issubclass(kind, ImageSet):
        split = _in_unit(kind(**given).read())
        return split, shuffled(split, epochs)
    if kind is not None and issubclass(kind, DrawnSet):
        return _of_drawn(kind(batch=BATCH, range="[0, 1]", **given), epochs)
    raise SystemExit(f"{data} is no node that draws labelled images.")


def _in_unit(split: Split) -> Split:
    if not len(split.test_items):
        split = split._replace(test_items=split.items, test_labels=split.labels)
    into = "[0, 1]"
    return split._replace(
        items=pixels(split.items, into), test_items=pixels(split.test_items, into)
    )


def _of_drawn(node: DrawnSet, epochs: int) -> tuple[Split, Batches]:
    """Return a set that is drawn anew each epoch, with what is drawn as the answers."""
    count = (node.length or 1) * epochs
    tests = node.painted(node.test_items, node.test_labels)
    split = Split(node.items, node.labels, tests, node.test_labels)
    drawn = (node() for _ in range(count))
    return split, Batches(count, ((batch.images, batch.drawing) for batch in drawn))


def shuffled(split: Split, epochs: int) -> Batches:
    """Return the training items in batches, in another order each epoch."""
    turns = max(1, len(split.items) // BATCH)

    def pairs() -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(epochs):
            for index in torch.randperm(len(split.items)).split(BATCH)[:turns]:
                yield split.items[index], split.labels[index]

    return Batches(turns * epochs, pairs())


def train(split: Split, batches: Batches, *, name: str) -> Convolutions:
    """Return a classifier trained by AdamW, its rate rising and falling once."""
    groups = [int(column.max()) + 1 for column in _columns(split.test_labels).unbind(1)]
    shape = Shape(split.test_items.shape[1:])
    network = network_for(say("{data} features", data=name), shape, groups)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=batches.turns)
    network.train()
    for step, (images, labels) in enumerate(batches.pairs):
        told = network.head(F.dropout(network.summary(augmented(images)), DROPPED))
        parts = zip(told.split(network.groups, 1), _columns(labels).unbind(1), strict=True)
        loss = torch.stack([F.cross_entropy(logits, label) for logits, label in parts]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if not step % TOLD:
            print(f"step {step} of {batches.turns}: {loss.item():.3f}", file=sys.stderr, flush=True)
    return network.eval()


def two_stage_reader(network: Convolutions, near: Features) -> CloseReader:
    """Return a reader that takes places from `network` and things, enlarged, from `near`."""
    reader = CloseReader(
        network.name,
        network.shape,
        width=network.width,
        sorts=network.groups,
        spans=SPANS,
        rows=ROWS,
    )
    reader.load_state_dict(network.state_dict(), strict=False)
    reader.near.load_state_dict(near.state_dict())
    return reader.eval()


def _columns(labels: Tensor) -> Tensor:
    """Return labels (n,) or (n, k) with a column for each question."""
    return labels.view(len(labels), -1)


def augmented(images: Tensor) -> Tensor:
    """Move images (b, c, h, w) together by up to `SHIFT` pixels each way, and add some noise."""
    right, down = (int(n) for n in torch.randint(-SHIFT, SHIFT + 1, (2,)))
    padded = F.pad(images, (SHIFT, SHIFT, SHIFT, SHIFT), value=images.min().item())
    rows, columns = images.shape[2:]
    moved = padded[..., SHIFT + down :, SHIFT + right :][..., :rows, :columns]
    strength = GRAIN * torch.rand(len(images), 1, 1, 1)
    return (moved + strength * torch.randn_like(moved)).clamp(0, 1)


@torch.no_grad()
def accuracy(network: Convolutions, images: Tensor, labels: Tensor) -> float:
    """Return the share of images (n, c, h, w) whose labels, (n,) or (n, k), are all predicted."""
    pairs = zip(images.split(500), _columns(labels).split(500), strict=True)
    right = sum(int((network.told(x) == y).all(1).sum()) for x, y in pairs)
    return right / len(labels)


if __name__ == "__main__":
    raise SystemExit(main())
