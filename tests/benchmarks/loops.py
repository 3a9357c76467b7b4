"""Training loops written by hand, as a person would write them without this program.

`Resident` is the quickest we know: the data set as one tensor, batches by indexing, logits into the
loss, fused Adam, no number read back. `Usual` is the loop of tutorials: a Dataset that makes a
picture of each item and transforms it (as torchvision's MNIST does), a DataLoader, Adam as it
comes, `loss.item()` at each step. `Tensors` is `Usual` over a TensorDataset: no work an item.
All train the network of `vae-mnist`: 784-64-2-64-784, tanh, batches of 128.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset

BATCH = 128
HIDDEN, LATENT = 64, 2
RATE = 5e-3


class Model(nn.Module):
    """The course's variational autoencoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(784, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 2 * LATENT)
        )
        self.decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 784))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_var = self.encoder(x).chunk(2, dim=1)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        return self.decoder(z), mu, log_var


def resident(images: Tensor, steps: int) -> Iterator[None]:
    """The best loop: each `next` is a step. `images` (n, 784) in [0, 1]."""
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    step = 0
    while True:
        for index in torch.randperm(len(images)).split(BATCH):
            if len(index) < BATCH:
                continue
            optimizer.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
            x = images.index_select(0, index)
            logits, mu, log_var = model(x)
            nll = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / BATCH
            kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum() / BATCH
            optimizer.zero_grad(set_to_none=True)
            (nll + kl).backward()
            optimizer.step()
            step += 1
            yield


class Pictures(Dataset[tuple[Tensor, int]]):
    """Give each item as torchvision's MNIST with ToTensor gives it."""

    def __init__(self, pixels: np.ndarray[Any, Any], labels: list[int]) -> None:
        self.pixels, self.labels = pixels, labels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.pixels[index])
        tensor = torch.from_numpy(np.array(picture, copy=True))[:, :, None]
        return tensor.permute(2, 0, 1).contiguous().float().div(255), self.labels[index]


def usual(pixels: Tensor) -> Iterator[None]:
    """The loop of tutorials. `pixels` (n, 28, 28) as bytes."""
    return _loader_loop(Pictures(pixels.numpy(), [0] * len(pixels)))


def tensors(images: Tensor) -> Iterator[None]:
    """The loop of tutorials without any work an item."""
    return _loader_loop(TensorDataset(images, torch.zeros(len(images), dtype=torch.long)))


def _loader_loop(data: Dataset[Any]) -> Iterator[None]:
    loader = DataLoader(data, batch_size=BATCH, shuffle=True, num_workers=0)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    total = 0.0
    while True:
        for x, _ in loader:
            x = x.view(-1, 784)
            logits, mu, log_var = model(x)
            x_hat = torch.sigmoid(logits)
            nll = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
            kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / len(x)
            loss = nll + kl
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            yield
