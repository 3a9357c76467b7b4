"""The sampler as a node: what it keeps, repeats, counts and refuses."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.diffusion import gathering
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.gathering import Sampled
from nodes.diffusion.guidance import Guidance
from nodes.diffusion.recording import MOST, Recording, recorded
from nodes.diffusion.sampler import DiffusionSampler, Method
from nodes.diffusion.schedules import SPACINGS, Karras, Schedule, cosine, linear
from nodes.diffusion.solvers import SOLVERS
from nodes.errors import InputRefused, Unbuilt
from nodes.types import Frame, Shape
from tests.nodes.diffusion.exact import MEAN, SD, Exact

each_method = pytest.mark.parametrize("method", SOLVERS)
each_schedule = pytest.mark.parametrize("schedule", [cosine(), Karras()], ids=["cosine", "Karras"])


def frames(
    schedule: Schedule, model: Any = None, wires: dict[str, Any] | None = None, **given: Any
) -> list[Frame[Sampled]]:
    node = DiffusionSampler(**{"steps": 20, "count": 30, "seed": 1} | given)
    return list(node(model or Exact(schedule), schedule, **wires or {}))


def sampled(*args: Any, **given: Any) -> Sampled:
    value = frames(*args, **given)[-1].value
    assert value is not None
    return value


def test_every_method_has_a_solver() -> None:
    assert Method.__args__ == tuple(SOLVERS)  # type: ignore[attr-defined]


@each_schedule
@each_method
def test_it_draws_the_data(method: str, schedule: Schedule) -> None:
    value = sampled(schedule, method=method, count=2000, steps=200)
    torch.testing.assert_close(value.samples.mean(0), MEAN, atol=0.12, rtol=0)
    torch.testing.assert_close(value.samples.std(0), SD, atol=0, rtol=0.12)


@each_schedule
@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("DDPM", {}),
        ("DDIM", {"eta": 0.0}),
        ("DDIM", {"eta": 1.0}),
        ("Heun (EDM)", {"churn": 0.42}),
        ("DPM-Solver++ 2M", {}),
        ("predictor-corrector", {"correction": 0.16}),
    ],
)
def test_it_draws_the_data_however_times_are_spaced(
    method: str, given: dict[str, float], spacing: str, schedule: Schedule
) -> None:
    value = sampled(schedule, method=method, count=2000, steps=200, spacing=spacing, **given)
    torch.testing.assert_close(value.samples.mean(0), MEAN, atol=0.1, rtol=0)
    torch.testing.assert_close(value.samples.std(0), SD, atol=0, rtol=0.08)


@each_method
def test_a_seed_fixes_the_samples_and_none_does_not(method: str) -> None:
    one, other = (sampled(linear(), method=method).samples for _ in range(2))
    assert torch.equal(one, other)
    assert not torch.equal(one, sampled(linear(), method=method, seed=None).samples)


@each_schedule
def test_frames_count_up_and_each_shows_what_there_is(schedule: Schedule) -> None:
    found = frames(schedule)
    assert [f.step for f in found] == list(range(found[-1].total + 1))
    for frame in found:
        assert frame.value is not None and frame.value.samples.shape == (30, 2)


@each_method
def test_a_network_that_errs_a_little_does_little_harm_where_no_signal_is_left(method: str) -> None:
    """The cosine schedule ends at an alpha of 5e-5, where 1 % of eps is 200 of x_0."""
    schedule = cosine()
    value = sampled(schedule, Erring(schedule), method=method, count=1000, steps=200)
    torch.testing.assert_close(value.samples.mean(0), MEAN, atol=0.15, rtol=0)
    torch.testing.assert_close(value.samples.std(0), SD, atol=0, rtol=0.15)


class Erring(Exact):
    """Off by a little everywhere."""

    def forward(self, x: Tensor, t: Tensor, labels: Tensor | None = None) -> Tensor:
        return super().forward(x, t) + 0.01


def test_the_path_leads_from_noise_to_the_samples() -> None:
    value = sampled(cosine(), steps=20, count=500)
    assert value.path.shape == (21, 500, 2)
    assert torch.equal(value.path[-1], value.samples)
    assert value.path[0].std().item() == pytest.approx(1, abs=0.1)


# --- pieces ---------------------------------------------------------------------------------------


def test_large_batches_are_made_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "PIECE", 16)
    seen: list[int] = []
    schedule = linear()
    exact = Exact(schedule)
    exact.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    found = frames(schedule, exact, count=20, steps=5)
    assert set(seen) == {8, 4}
    value = found[-1].value
    assert value is not None and value.samples.shape == (20, 2) and value.path.shape == (6, 8, 2)
    assert value.evaluations == 5
    assert (found[-1].step, found[-1].total) == (15, 15)


def test_labels_go_with_their_items_through_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "PIECE", 256)
    labels = torch.arange(300) % 3
    x = sampled(linear(), wires={"labels": labels}, count=300).samples
    for c in range(3):
        torch.testing.assert_close(x[labels == c].mean(0), MEAN + c, atol=0.4, rtol=0)


# --- guidance -------------------------------------------------------------------------------------


def test_no_guidance_is_plain_conditional_and_costs_nothing() -> None:
    schedule, labels = cosine(), torch.full((30,), 2)
    exact = Exact(schedule)
    plain = sampled(schedule, exact, {"labels": labels})
    shifted = Exact(schedule, mean=MEAN + 2)
    assert plain.evaluations == 20
    torch.testing.assert_close(plain.samples, sampled(schedule, shifted).samples)


def test_guidance_is_its_formula() -> None:
    """eps = (1 + w) eps_c - w eps_0: here the mean of class c moves by (1 + w) c."""
    schedule, labels = cosine(), torch.full((30,), 2)
    guided = sampled(schedule, Exact(schedule), {"labels": labels}, scale=0.5)
    shifted = Exact(schedule, mean=MEAN + 3)
    torch.testing.assert_close(
        guided.samples, sampled(schedule, shifted).samples, atol=1e-3, rtol=1e-3
    )
    assert guided.evaluations == 40


class Shown(Exact):
    """Told of a context (b, 1, d): so much is added to the mean; zeros tell of nothing."""

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        labels: Tensor | None = None,
        context: Tensor | None = None,
    ) -> Tensor:
        assert context is not None
        self.mean = MEAN + context[:, 0]
        return super().forward(x, t)


def test_guidance_by_a_context_goes_away_from_none() -> None:
    """As with classes: the mean moves by (1 + w) times what the context adds; three take turns."""
    schedule, context = cosine(), torch.tensor([0.0, 1.0, 2.0]).view(3, 1, 1).expand(3, 1, 2)
    shown = Shown(schedule)
    guided = sampled(schedule, shown, {"context": context}, scale=0.5)
    for k in range(3):
        moved = sampled(schedule, Exact(schedule, mean=MEAN + 1.5 * k))
        torch.testing.assert_close(guided.samples[k::3], moved.samples[k::3], atol=1e-3, rtol=1e-3)
    assert guided.evaluations == 40


class Beside(Exact):
    """Shown pictures (b, 1, 1, 2): so much is added to the mean."""

    def forward(
        self, x: Tensor, t: Tensor, labels: Tensor | None = None, beside: Tensor | None = None
    ) -> Tensor:
        assert beside is not None
        self.mean = MEAN + beside[:, 0, 0]
        return super().forward(x, t)


def test_pictures_beside_go_with_their_items() -> None:
    schedule, beside = cosine(), torch.tensor([0.0, 2.0]).view(2, 1, 1, 1).expand(2, 1, 1, 2)
    found = sampled(schedule, Beside(schedule), {"beside": beside})
    for k in range(2):
        moved = sampled(schedule, Exact(schedule, mean=MEAN + 2 * k))
        torch.testing.assert_close(found.samples[k::2], moved.samples[k::2], atol=1e-3, rtol=1e-3)


class Towards(Guidance):
    """Pull halfway to a point."""

    def __init__(self, goal: Tensor) -> None:
        self.goal = goal

    def pull(self, x: Tensor) -> Tensor:
        return 0.5 * (self.goal - x)


def test_a_guidance_pulls_the_samples() -> None:
    goal = torch.tensor([4.0, 4.0])
    pulled = sampled(linear(), wires={"guidance": [Towards(goal)]}).samples
    free = sampled(linear()).samples
    assert (pulled - goal).norm(dim=1).mean() < 0.7 * (free - goal).norm(dim=1).mean()


def test_a_bound_keeps_estimates_within() -> None:
    assert sampled(linear(), bound=0.3).samples.abs().max() <= 0.3 + 1e-5


# --- starts and masks -----------------------------------------------------------------------------


@each_schedule
def test_no_strength_leaves_the_start_as_it_is(schedule: Schedule) -> None:
    start = torch.randn(30, 2)
    value = sampled(schedule, wires={"start": start}, strength=0.0)
    torch.testing.assert_close(value.samples, start)
    assert value.evaluations == 0


def test_strength_says_how_far_samples_go() -> None:
    start = MEAN + SD * torch.randn(400, 2)
    far = [
        (sampled(cosine(), wires={"start": start}, strength=s, count=400).samples - start)
        .norm(dim=1)
        .mean()
        for s in (0.2, 0.5, 1.0)
    ]
    assert far[0] < far[1] < far[2]
    assert sampled(cosine(), wires={"start": start}, strength=0.2).evaluations == 4


def test_noise_that_is_given_is_where_the_way_begins() -> None:
    noise = torch.randn(30, 2)
    wires = {"start": noise}
    found = [sampled(cosine(), wires=wires, add_noise=False, method="DDIM") for _ in range(2)]
    torch.testing.assert_close(found[0].path[0], noise)
    torch.testing.assert_close(found[0].samples, found[1].samples)
    assert not torch.equal(sampled(cosine(), wires=wires).path[0], noise)


@each_schedule
@each_method
def test_inpainting_keeps_what_is_known(method: str, schedule: Schedule) -> None:
    start = torch.randn(10, 2)
    mask = torch.tensor([[1.0, 0.0]])
    value = sampled(schedule, method=method, wires={"start": start, "mask": mask}, turns=2)
    assert torch.equal(value.samples[:, 0], start[torch.arange(30) % 10, 0])
    assert (value.samples[:, 1] != start[torch.arange(30) % 10, 1]).all()


def test_turns_make_new_parts_fit_the_known_ones() -> None:
    """Strongly correlated data: the second number must follow the first, which is known."""
    schedule = cosine()
    model = Diagonal(schedule)
    start = torch.randn(400, 1).expand(400, 2)
    mask = torch.tensor([[1.0, 0.0]])

    def miss(turns: int) -> float:
        wires = {"start": start, "mask": mask}
        x = sampled(schedule, model, wires, turns=turns, count=400, method="DDPM").samples
        return (x[:, 0] - x[:, 1]).abs().mean().item()

    assert miss(10) < 0.6 * miss(1)


class Diagonal(Exact):
    """Data on the diagonal: one Gaussian along it, almost nothing across."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule, mean=torch.zeros(2), sd=torch.tensor([1.41, 0.05]))

    def forward(self, x: Tensor, t: Tensor, labels: Tensor | None = None) -> Tensor:
        turn = torch.tensor([[1.0, 1.0], [1.0, -1.0]]).to(x) / 2**0.5
        return super().forward(x @ turn, t) @ turn


# --- what it refuses ------------------------------------------------------------------------------


def test_it_refuses_a_network_that_has_seen_nothing() -> None:
    with pytest.raises(Unbuilt, match="not been shown"):
        next(iter(DiffusionSampler()(DenoiserMLP(), linear())))


@pytest.mark.parametrize(
    ("wires", "words"),
    [
        ({"start": torch.zeros(3, 5)}, "start must have"),
        ({"mask": torch.zeros(3, 2)}, "start has no wire"),
        ({"start": torch.zeros(3, 2), "mask": torch.zeros(3, 7)}, "mask must have"),
    ],
)
def test_it_refuses_what_does_not_fit(wires: dict[str, Tensor], words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        frames(linear(), wires=wires)


def test_it_refuses_a_network_that_predicts_a_velocity() -> None:
    net = DenoiserMLP(predicts="velocity")
    net.build_for({"x": Shape((2,))})
    with pytest.raises(InputRefused, match="velocity"):
        frames(linear(), net)


# --- recordings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [0, 1, 7, 99, 100, 101, 102, 103, 150, 201, 202, 999, 1000])
def test_a_recording_of_any_length_is_even_and_ends_at_the_end(steps: int) -> None:
    states = Recording(torch.zeros(1), steps)
    for k in range(steps + 1):
        path = states.noted(torch.full((1,), float(k)))
        assert path[0] == 0 and path[-1] == k
    assert len(path) == recorded(steps) <= MOST + 1
    gaps = path[:-1].flatten().diff()
    assert len(gaps.unique()) <= 1


@each_method
def test_a_sketch_tells_the_shapes(method: str) -> None:
    if method == "adaptive ODE":
        pytest.skip("how many states it passes is known at the end")
    for schedule in (linear(), Karras()):
        node = DiffusionSampler(method=method, steps=250, count=30)
        exact = Exact(schedule)
        *_, last = node(exact, schedule)
        sketched = node.sketch(exact, schedule)
        assert [v.shape for v in sketched] == [v.shape for v in last.value]
