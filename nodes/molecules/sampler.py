"""Sample molecules from noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.matching.base import noise_like
from nodes.matching.recording import Recording, kept
from nodes.molecules.atoms import UNKNOWN, UNKNOWN_BOND
from nodes.molecules.base import MoleculeModel, centred
from nodes.molecules.matching import Given, given_param, spread_param
from nodes.params import seed_param
from nodes.sentences import Part, say
from nodes.training.precision import as_trained
from nodes.types import Frame, Molecules, Path, Scalar

Stream = torch.Generator | None


class Made(NamedTuple):
    """Molecules, the path of their atoms, (s, b, n, 3), and evaluations of the network, ()."""

    molecules: Molecules
    path: Path
    evaluations: Scalar


class MoleculeSampler(Node):
    """Make molecules of noise with a trained network, step by step.

    Elucidating the Design Space of Diffusion-Based Generative Models (Karras et al., 2022),
    arXiv:2206.00364, for noise that is renewed; types and bonds as in arXiv:2402.04997.

    Of the `molecules` (b, n) on the wire what is `given` stays: how many atoms each has, also of
    what type, or its bonds too. Atoms move from noise to the network's prediction; each step
    replaces the share `renewal` of the noise that is left by fresh noise. Each masked type or bond
    is drawn at a random time from the network's probabilities; some are masked again, so that a
    wrong bond can be corrected.
    """

    synonyms = (
        "generate molecules, sampling, diffusion, conformer, edm, générer des molécules, "
        "échantillonnage, conformère"
    )
    title = "Molecule sampler"
    formula = (
        r"x_{t'} = t' \hat{x}_1 + (1 - t')\left(\sqrt{1 - \eta^2}\,\hat{x}_0 + "
        r"\eta\,\epsilon\right)"
    )
    icon = "waypoints"
    unreached = EVERY
    drawn = True

    given: Given = given_param()
    steps: int = param(default=100, low=1, high=10_000, unit="steps", help="Steps on the way.")
    renewal: float = param(
        default=1.0,
        low=0.0,
        high=1.0,
        help="Share of the noise that is renewed in a step; 0: none.",
    )
    rehiding: float = param(
        default=15.0,
        low=0.0,
        high=1e3,
        title="Hidden again",
        help="How often, from noise to molecule, a type or bond that shows would be hidden again, "
        "less often towards the end; 0: never.",
    )
    temperature: float = param(
        default=0.5,
        low=1e-3,
        high=100.0,
        help="Of the draw of bonds: below 1 the likely ones are drawn more often.",
    )
    spread: float = spread_param()
    seed: int | None = seed_param()

    def forward(self, model: MoleculeModel, molecules: Molecules) -> Iterator[Frame[Made]]:
        """Yield the molecules (b, n) after each step, noise first."""
        stream = None if self.seed is None else torch.Generator().manual_seed(self.seed)
        begun = hidden(molecules, self.given, self.spread, stream)
        keep = kept(self.steps)
        path = Recording(begun.positions, len(keep))
        for number, state in enumerate(self.walked(model, begun, stream)):
            if number == keep[path.filled]:
                path.add(state.positions)
            yield Frame(number, self.steps, self._made(state, path.states[: path.filled], number))

    def sketch(self, model: Any, molecules: Molecules) -> Made:
        begun = hidden(molecules, self.given, self.spread, None)
        model(begun, begun.positions.new_zeros(begun.shape[0]))
        path = begun.positions.new_empty(len(kept(self.steps)), *begun.positions.shape)
        return self._made(begun, path, 0)

    def _made(self, state: Molecules, path: Tensor, evaluations: int) -> Made:
        return Made(state, path, torch.tensor(float(evaluations), device=path.device))

    @torch.no_grad()
    def walked(self, model: Any, state: Molecules, stream: Stream) -> Iterator[Molecules]:
        """Yield the molecules at evenly spaced times, the noise first."""
        yield state
        for number in range(self.steps):
            t, after = number / self.steps, (number + 1) / self.steps
            x = state.positions
            with as_trained(model, x.device):
                guess = model(state, x.new_full((x.shape[0],), t))
            x_1, x_0 = x + (1 - t) * guess.velocity, x - t * guess.velocity
            fresh = centred(self.spread * noise_like(x, stream), state.mask)
            x_0 = math.sqrt(1 - self.renewal**2) * x_0 + self.renewal * fresh
            types, bonds = self._told(state, guess, t, after, stream)
            state = Molecules(after * x_1 + (1 - after) * x_0, types, bonds)
            yield state

    def _told(
        self, state: Molecules, guess: Any, t: float, after: float, stream: Stream
    ) -> tuple[Tensor, Tensor]:
        """Return types and bonds after a step: hidden ones show, and shown ones are hidden again.

        At rates (1 + r t) / (1 - t) and r of the paper, r falling to 0 at the end.
        """
        r = self.rehiding * (1 - after)
        show, hide = (after - t) * (1 + r * t) / (1 - t), (after - t) * r
        types = shown(state.types, guess.types, UNKNOWN, show, stream)
        logits = guess.bonds / self.temperature
        bonds = shown(state.bonds, logits, UNKNOWN_BOND, show, stream)
        if hide and self.given == "nothing":
            again = state.mask & (state.types != UNKNOWN) & chosen(types, hide, stream)
            types = types.masked_fill(again, UNKNOWN)
        if hide and self.given != "graph":
            again = state.pairs & (state.bonds != UNKNOWN_BOND) & chosen(bonds, hide, stream)
            bonds = bonds.masked_fill(again, UNKNOWN_BOND)
        return types, symmetrised(bonds)

    def sign(self) -> Part:
        return say("{n} steps", n=self.steps)


def hidden(molecules: Molecules, given: Given, spread: float, stream: Stream) -> Molecules:
    """Return noise in the place of molecules (b, n), with what is given of them."""
    x = centred(spread * noise_like(molecules.positions, stream), molecules.mask)
    types, bonds = molecules.types, molecules.bonds
    if given == "nothing":
        types = types.masked_fill(molecules.mask, UNKNOWN)
    if given != "graph":
        bonds = torch.zeros_like(bonds).masked_fill(molecules.pairs, UNKNOWN_BOND)
    return Molecules(x, types, bonds)


def shown(codes: Tensor, logits: Tensor, unknown: int, share: float, stream: Stream) -> Tensor:
    """Return codes (...) of which a share of the unknown ones is drawn from logits (..., K)."""
    if not (codes == unknown).any():
        return codes
    odds = logits.clone()
    odds[..., [0, unknown] if unknown == UNKNOWN else unknown] = -math.inf
    gumbel = -(-uniform(odds, stream).log()).log()
    now = (codes == unknown) & chosen(codes, share, stream)
    return torch.where(now, (odds + gumbel).argmax(-1), codes)


def chosen(codes: Tensor, share: float, stream: Stream) -> Tensor:
    """Draw which codes (...) are chosen, each with the probability `share`; bool (...)."""
    return uniform(codes.float(), stream) < share


def symmetrised(bonds: Tensor) -> Tensor:
    """Return bonds (b, n, n) made symmetric from the part above the diagonal."""
    upper = bonds.triu(1)
    return upper + upper.transpose(1, 2)


def uniform(like: Tensor, stream: Stream) -> Tensor:
    """Draw from (0, 1), shaped as a tensor; a generator's numbers are alike on every device."""
    drawn = torch.rand(like.shape, generator=stream, device="cpu" if stream else like.device)
    return drawn.to(like.device).clamp(1e-12, 1 - 1e-7)
