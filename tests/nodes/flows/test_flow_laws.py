"""Laws that every layer of a flow keeps: it is found and tested by being there."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from nodes.flows.base import Flow, Layer
from nodes.flows.base_law import BaseLaw
from nodes.flows.pixels import Dequantize
from nodes.library import find

ON_IMAGES = (4, 4, 6)
CASES: dict[str, list[tuple[dict[str, Any], tuple[int, ...]]]] = {
    "AffineCoupling": [
        ({}, (2,)),
        ({"repeat": 3, "mask": "channel"}, (5,)),
        ({"repeat": 2, "mask": "checkerboard"}, ON_IMAGES),
        ({"repeat": 2, "mask": "channel", "hidden": 8}, ON_IMAGES),
        ({"swap": True}, (3,)),
    ],
    "SplineCoupling": [
        ({"repeat": 2}, (2,)),
        ({"repeat": 2, "mask": "checkerboard", "hidden": 8}, ON_IMAGES),
    ],
    "ActNorm": [({}, (3,)), ({"repeat": 2}, ON_IMAGES)],
    "InvertibleConvolution": [({}, (3,)), ({"repeat": 2}, ON_IMAGES)],
    "GlowStep": [({"repeat": 2}, (3,)), ({"repeat": 2, "hidden": 8}, ON_IMAGES)],
    "Squeeze": [({}, ON_IMAGES)],
    "Split": [({}, (2, 4, 4)), ({"learned": False}, (2, 4, 4))],
    "Planar": [({"repeat": 4}, (2,)), ({"repeat": 2}, (3, 2, 2))],
    "Radial": [({"repeat": 4}, (2,)), ({}, (1,))],
    "Autoregressive": [
        ({"repeat": 2}, (3,)),
        ({"repeat": 2, "direction": "drawing (IAF)"}, (3,)),
        ({"curve": "spline"}, (2,)),
    ],
    "Continuous": [({}, (2,)), ({"repeat": 2, "hidden": 8}, (3,))],
}
LAYERS = {
    name: kind
    for name, kind in find().kinds.items()
    if issubclass(kind, Layer) and kind is not Dequantize  # it draws: tested in test_pixels
}


def cases() -> Iterator[Any]:
    for name in LAYERS:
        for given, shape in CASES.get(name, [({}, (2,))]):
            words = [name, *map(str, given.values()), "x".join(map(str, shape))]
            yield pytest.param(name, given, shape, id=" ".join(words))


each_case = pytest.mark.parametrize("name, given, shape", list(cases()))
each_layer = pytest.mark.parametrize("name", LAYERS)


def flow_of(
    name: str,
    given: dict[str, Any],
    shape: tuple[int, ...],
    dtype: torch.dtype,
    spread: float = 0.3,
) -> Flow:
    """Return a flow of one layer with weights as training might leave them."""
    torch.manual_seed(1)
    fine = {"tolerance": 1e-12 if dtype is torch.float64 else 1e-6}
    layer = LAYERS[name](**({k: v for k, v in fine.items() if hasattr(LAYERS[name], k)} | given))
    flow: Flow = layer(BaseLaw(shape=list(shape))()).to(dtype).eval()
    for p in flow.parameters():
        inputs = p[0].numel() if p.dim() > 1 else 1
        p.data += spread * torch.randn_like(p) / inputs**0.5
    return flow


def noise(flow: Flow, count: int, dtype: torch.dtype) -> Tensor:
    return torch.randn(count, flow.item.numel, dtype=dtype)


@each_case
@pytest.mark.parametrize("dtype, error", [(torch.float32, 1e-5), (torch.float64, 1e-10)], ids=str)
def test_inverts(name, given, shape, dtype, error) -> None:  # type: ignore[no-untyped-def]
    flow = flow_of(name, given, shape, dtype)
    with torch.no_grad():
        z = noise(flow, 100, dtype)
        x, out = flow.inverse(z)
        again, back = flow(x)
    assert x.shape == (100, *flow.item)
    assert (again - z).abs().max() <= error * max(1.0, float(z.abs().max()))
    assert torch.allclose(out, -back, atol=100 * error)
    assert flow(x)[0].dtype is dtype


@each_case
def test_log_determinant_is_autograds(name, given, shape) -> None:  # type: ignore[no-untyped-def]
    flow = flow_of(name, given, shape, torch.float64)
    z = noise(flow, 3, torch.float64)
    x = flow.inverse(z)[0].detach()
    for item, point in zip(x, z, strict=True):
        to_noise = torch.autograd.functional.jacobian(lambda i: flow(i[None])[0][0], item)
        to_data = torch.autograd.functional.jacobian(lambda i: flow.inverse(i[None])[0][0], point)
        d = point.numel()
        assert flow(item[None])[1].item() == pytest.approx(_log_det(to_noise, d), abs=1e-6)
        assert flow.inverse(point[None])[1].item() == pytest.approx(_log_det(to_data, d), abs=1e-6)


def _log_det(jacobian: Tensor, d: int) -> float:
    return float(torch.linalg.slogdet(jacobian.reshape(d, d))[1])


@each_case
def test_gradients_are_right(name, given, shape) -> None:  # type: ignore[no-untyped-def]
    """Those of log p by the weights, against differences."""
    flow = flow_of(name, given, shape, torch.float64)
    x = flow.inverse(noise(flow, 4, torch.float64))[0].detach()
    weights = [p for p in flow.parameters() if p.numel()]
    if not weights:
        return
    torch.manual_seed(2)
    ways = [torch.randn_like(p) for p in weights]
    grads = torch.autograd.grad(flow.log_prob(x).sum(), weights)
    slope = sum(float((g * w).sum()) for g, w in zip(grads, ways, strict=True))
    assert slope == pytest.approx(_difference(flow, x, weights, ways), rel=1e-4, abs=1e-5)


def _difference(flow: Flow, x: Tensor, weights: list, ways: list, h: float = 1e-6) -> float:
    values = []
    for side in (h, -2 * h):
        for p, way in zip(weights, ways, strict=True):
            p.data += side * way
        values.append(float(flow.log_prob(x).sum().detach()))
    return (values[0] - values[1]) / (2 * h)


@pytest.mark.parametrize(
    "name, given", [(n, g) for n in LAYERS for g, s in CASES.get(n, [({}, (2,))]) if s == (2,)]
)
def test_density_integrates_to_one(name, given) -> None:  # type: ignore[no-untyped-def]
    rough = {"tolerance": 1e-5} if name == "Continuous" else {}
    flow = flow_of(name, given | rough, (2,), torch.float64)
    ticks = torch.linspace(-12, 12, 241, dtype=torch.float64)
    if name == "Logit":
        ticks = torch.linspace(0, 1, 401, dtype=torch.float64)[1:-1]
    plane = torch.cartesian_prod(ticks, ticks)
    with torch.no_grad():
        log_p = torch.cat([flow.log_prob(part) for part in plane.split(1 << 17)])
    mass = log_p.exp().sum() * (ticks[1] - ticks[0]) ** 2
    low = 0.9 if name == "Logit" else 0.999  # beyond its margin a share is out of reach
    assert low <= mass <= 1.001


@each_layer
def test_saves_and_loads(name) -> None:  # type: ignore[no-untyped-def]
    given, shape = CASES.get(name, [({}, (2,))])[0]
    torch.manual_seed(1)
    base = BaseLaw(shape=list(shape))()
    first, second = LAYERS[name](**given), LAYERS[name](**given)
    flow, other = first(base), second(base)
    flow.train()(flow.inverse(torch.randn(50, flow.item.numel))[0])  # ActNorm takes its start
    second.load_state_dict(first.state_dict())
    x = flow.inverse(torch.randn(5, flow.item.numel))[0]
    assert torch.equal(flow.log_prob(x), other.log_prob(x))
    second.train()
    assert torch.equal(other.log_prob(x), flow.log_prob(x))


@each_case
def test_builds_on_fake_tensors(name, given, shape) -> None:  # type: ignore[no-untyped-def]
    """The check of a graph makes every layer without allocating it."""
    layer = LAYERS[name](**given)
    with FakeTensorMode(allow_non_fake_inputs=True):
        flow = layer.sketch(BaseLaw(shape=list(shape))())
    real = LAYERS[name](**given)(BaseLaw(shape=list(shape))())
    assert flow.item == real.item
    assert layer.weight_count() == sum(p.numel() for p in real.parameters())


@each_layer
def test_chain_is_made_once(name) -> None:  # type: ignore[no-untyped-def]
    given, shape = CASES.get(name, [({}, (2,))])[0]
    layer, base = LAYERS[name](**given), BaseLaw(shape=list(shape))()
    assert layer(base) is layer(base)
    assert layer(base) is not layer(BaseLaw(shape=list(shape))())


def test_hutchinsons_trace_is_the_exact_one_on_average() -> None:
    """In the mean over random signs: v' J v has the mean tr J, and no one v gives it."""
    exact = flow_of("Continuous", {"tolerance": 1e-5}, (3,), torch.float64)
    guess = flow_of("Continuous", {"tolerance": 1e-5, "trace": "Hutchinson"}, (3,), torch.float64)
    guess.load_state_dict(exact.state_dict())
    x = torch.randn(1, 3, dtype=torch.float64).expand(4000, 3)
    with torch.no_grad():
        (wanted,), found = exact(x[:1])[1], guess(x)[1]
    assert found.std() > 0
    assert abs(found.mean() - wanted) < 4 * found.std() / len(found) ** 0.5
