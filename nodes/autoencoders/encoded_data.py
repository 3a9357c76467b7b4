"""A data set of codes that an encoder computed, for the second stage of latent models."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Annotated, Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from nodes.base import Node, param
from nodes.data.base import Dataset, Split
from nodes.data.drawing import Drawing, naming, things_of
from nodes.data.memory import room_for
from nodes.errors import InputRefused
from nodes.metrics.gathering import data_behind
from nodes.metrics.scorecard import fingerprint
from nodes.networks.blocks import image_shape
from nodes.sentences import say
from nodes.types import (
    Batch,
    Frame,
    Gaussian,
    Images,
    Labels,
    Points,
    PortType,
    Range,
    Shape,
    Stream,
)

LEAST = 1e-6
"""Standard deviations below this count as this: an encoder may leave a channel unused."""

BYTES = 4
"""Of one number of a code."""

EVERY = 2**62
"""More items than any data set has."""

LatentScale = Annotated[
    nn.Module,
    PortType(
        "LatentScale",
        help="Mean and spread of the codes of a data set.",
        words="the mean and the spread of codes",
    ),
]


class Encoded(NamedTuple):
    """Codes as small pictures of unit spread; the class, the drawing and the Gaussian of each."""

    latents: Images
    labels: Labels
    drawing: Drawing
    drawn_from: Gaussian


class EncodedData(Dataset):
    """Draw batches of the codes of a whole data set, which an encoder has computed once.

    High-Resolution Image Synthesis with Latent Diffusion Models (Rombach et al., 2022),
    arXiv:2112.10752.

    `q` is the encoder's Gaussian of a data set's items, `labels` their classes and `drawing` (b,
    k), where it is known, their attributes for captions. At the first pull all training items are
    encoded; then each batch draws its codes from the kept Gaussians anew. `latents` (b, c, h, w)
    are the codes, as pictures, with mean 0 and variance 1 in each channel over the data set, and
    `drawn_from` (b, c h w) the Gaussian of each on that scale. No gradient reaches the encoder;
    where its weights have changed since, the codes are computed anew at the next epoch. A view is
    given the codes of the training items. Of a set that draws its items anew in each epoch, the
    items of one draw are kept.
    """

    synonyms = (
        "latents, latent diffusion, cached latents, stage two, embeddings, scaling factor, "
        "données encodées, codes latents, diffusion latente"
    )
    formula = r"z = \frac{\mu_\phi(x) + \sigma_\phi(x) \odot \epsilon - m}{s}"
    title = "Encoded data"
    handle = LatentScale
    unreached = frozenset({"q", "labels", "drawing"})

    shape: list[int] = param(
        default=[4, 7, 7], low=1, high=4096, help="Channels, rows and columns of one code."
    )

    centre: Tensor
    spread: Tensor

    def __init__(self, **given: Any) -> None:
        self._encoded_by: Hashable = None
        self._things: range | None = None
        super().__init__(**given)

    def build(self) -> None:
        sizes = (image_shape(self.shape)[0], 1, 1)
        self.register_buffer("centre", torch.zeros(sizes))
        self.register_buffer("spread", torch.ones(sizes))

    def forward(
        self,
        q: Stream[Gaussian],
        labels: Stream[Labels],
        drawing: Stream[Drawing] | None = None,
    ) -> Iterator[Frame[Encoded]]:
        """Encode the data set where that is due, a frame a batch; then draw."""
        if not self.loaded or (self._starts_epoch() and self._encoded_by != fingerprint(q)):
            yield from self._encode(q, labels, *([] if drawing is None else [drawing]))
        yield Frame(1, 1, self.next_batch())

    def sketch(  # type: ignore[override]  # what it gives depends on what comes
        self,
        q: Stream[Gaussian],
        labels: Stream[Labels],
        drawing: Stream[Drawing] | None = None,
    ) -> Encoded:
        self.build_for({})
        seen = next(q)
        self._must_fit(seen)
        items = seen.mean.new_empty(self.batch, 2 * seen.mean.shape[1])
        told = self._row(next(labels), *([] if drawing is None else [next(drawing)]))
        return self.pack(items, told.new_empty(self.batch, told.shape[1]))

    def item_shape(self) -> tuple[int, ...]:
        """Return the shape of one code as a picture: channels, rows, columns."""
        return image_shape(self.shape)

    def pack(self, items: Tensor, labels: Tensor) -> Encoded:
        """Draw codes from kept Gaussians and scale them to mean 0 and variance 1 in each channel.

        `items` (b, 2 d) are means and log-variances; `labels` (b, 1 + k) hold the class and what is
        drawn.
        """
        q = Gaussian(*items.chunk(2, 1))
        z = torch.addcmul(q.mean, q.std, torch.randn_like(q.mean))
        told = naming(labels[:, 1:], self._things)
        return Encoded(self._scaled(z), labels[:, 0], told, self._gaussian(q))

    def _scaled(self, z: Tensor) -> Tensor:
        """Return codes (b, d) of an encoder as pictures of unit spread (b, c, h, w)."""
        return (z.view(-1, *self.shape) - self.centre) / self.spread

    def _gaussian(self, q: Gaussian) -> Gaussian:
        """Return the Gaussians (b, d) of codes on the scale of unit spread."""
        log_var = q.log_var.view(-1, *self.shape) - 2 * self.spread.log()
        return Gaussian(self._scaled(q.mean).flatten(1), log_var.flatten(1))

    def codes(self, latents: Tensor) -> Tensor:
        """Return latents of unit spread with the mean and the spread of the encoder's, (b, d)."""
        return (latents * self.spread + self.centre).flatten(1)

    @property
    def length(self) -> int | None:
        """Return the number of batches in one epoch, None before the data set is encoded."""
        return super().length if self.loaded else None

    def fetch(self) -> Iterator[Frame[None]]:
        """Leave all to `forward`: what there is to fetch comes by wire."""
        return iter(())

    def named(self, **names: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return {"labels": names["labels"]} if "labels" in names else {}

    def ranges(self, labels: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"labels": labels} if labels else {}

    def _starts_epoch(self) -> bool:
        """Return whether the next batch is the first of an epoch, or of what a view is given."""
        if not self.training:
            return self.at.tested == 0
        count = self._count()
        return self.at.place == 0 or self.at.place + min(self.batch, count) > count

    @torch.no_grad()
    def _encode(self, q: Stream[Gaussian], *told: Stream[Tensor]) -> Iterator[Frame[Encoded]]:
        parts: list[tuple[Tensor, Tensor]] = []
        batches = zip(q, zip(*told, strict=False), strict=False)
        with _whole(q) as count:
            self._must_have_room(count)
            while (batch := self._in_float32(batches)) is not None:
                seen, row = batch[0], self._row(*batch[1])
                self._must_fit(seen)
                parts.append((torch.cat(seen, 1), row))
                yield Frame(min(count, len(parts) * len(row)), count)
        items, known = (torch.cat(column) for column in zip(*parts, strict=True))
        self._batches = None
        split = Split(items, known, items[:0], known[:0])
        for name, value in split._asdict().items():
            setattr(self, name, value)
        self._encoded_by = fingerprint(q)
        self._measure(items)

    def _row(self, labels: Tensor, drawing: Tensor | None = None) -> Tensor:
        """Return what is told of each item, (b, 1 + k): its class, then what is drawn."""
        first = labels[:, None]
        if drawing is None:
            return first
        self._things = things_of(drawing)
        return torch.cat([first, drawing], 1)

    def _must_have_room(self, count: int) -> None:
        """Refuse what does not fit: mean and variance of each code, twice while they are joined."""
        numbers = 4 * count * prod(self.shape)
        what = say("Keeping the codes of {count} items", count=count)
        fix = say("Close other programs, or encode a smaller set or into fewer numbers.")
        room_for(what, numbers * BYTES, "read", place="shape", fix=fix)

    def _in_float32(self, batches: Iterator[tuple[Gaussian, Any]]) -> tuple[Gaussian, Any] | None:
        """Return the next batch in float32, so that a view and a training store the same codes."""
        with torch.autocast(self.device.type, enabled=False):
            return next(batches, None)

    def _measure(self, items: Tensor) -> None:
        """Take mean and spread of each channel: of codes drawn, not of their means alone."""
        mean, log_var = (part.view(-1, *self.shape) for part in items.chunk(2, 1))
        others = [0, 2, 3]
        variance, centre = torch.var_mean(mean, others, correction=0, keepdim=True)
        variance = variance + log_var.exp().mean(others, keepdim=True)
        self.centre.copy_(centre[0])
        self.spread.copy_(variance[0].sqrt().clamp(min=LEAST))

    def _must_fit(self, q: Gaussian) -> None:
        if q.mean.dim() != 2 or q.mean.shape[1] != prod(self.shape):
            raise InputRefused(
                "{q} must have {must} numbers an item for codes of {sizes}; it has {found}.",
                "Set {shape} to channels, rows and columns of the encoder's code.",
                must=prod(self.shape),
                sizes=Shape(self.shape),
                found=q.mean.shape[1:].numel(),
            )


class FromUnitSpread(Node):
    """Give latents of unit spread the mean and the spread that a decoder knows.

    High-Resolution Image Synthesis with Latent Diffusion Models (Rombach et al., 2022),
    arXiv:2112.10752.

    `latents` (b, c, h, w) are as `scale`, the encoded data that a model has learned, draws them;
    `z` (b, d) are codes for the decoder.
    """

    synonyms = (
        "unscale, scaling factor, latent diffusion, rescale latents, denormalize, "
        "remettre à l'échelle, codes, dénormaliser"
    )
    formula = r"z \mapsto s \odot z + m"
    title = "Back to codes"
    icon = "scale"
    returns = "z"

    def forward(self, latents: Batch, scale: LatentScale) -> Points:
        """Return codes (b, d) of latents (b, c, h, w).

        Raise `InputRefused` where the latents have another shape than the encoded data.
        """
        known = cast(EncodedData, scale)
        if latents.shape[1:] != torch.Size(known.shape):
            raise InputRefused(
                "{latents} must be {must}, as the encoded data; they are {found}.",
                "Wire what a model of these encoded data has made.",
                must=Shape(known.shape),
                found=Shape(latents.shape[1:]),
            )
        return known.codes(latents)


@contextmanager
def _whole(stream: Stream[Any]) -> Iterator[int]:
    """Let a stream give all training items once, in a fixed order, and yield their number."""
    data = data_behind(stream)
    if data is None:
        raise InputRefused(
            "{q} must come from one data set through the encoder.",
            "Wire the images of a data set into the encoder.",
        )
    trained = [module for module in stream.modules if module.training]
    for module in trained:
        module.eval()
    try:
        with data.showing("training", EVERY):
            data.rewind()
            yield len(data.test_items)
    finally:
        for module in trained:
            module.train()
