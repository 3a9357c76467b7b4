"""Muon's steps: orthogonal for matrices, AdamW's for what is none."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from nodes.networks.blocks import lay_channels_last
from nodes.training.muon import Muon, matrices, orthogonal
from nodes.training.optimizer import Optimizer

SETTINGS = {"lr": 0.01, "betas": (0.95, 0.99), "weight_decay": 0.1}
SHAPES = [(8, 8), (16, 4), (4, 16), (8, 6, 3, 3), (5, 2, 3), (1, 7), (8, 8), (3, 1)]


def gradients(own: list[nn.Parameter], number: int) -> None:
    generator = torch.Generator().manual_seed(number)
    for p in own:
        p.grad = torch.randn(p.shape, generator=generator)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4), nn.Conv2d(4, 3, 1))


@pytest.mark.parametrize("threads", [1, 2])
def test_steps_are_orthogonal(threads: int) -> None:
    torch.manual_seed(0)
    given = [10.0 ** (n - 3) * torch.randn(shape) for n, shape in enumerate(SHAPES)]
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    found = orthogonal(given)
    torch.set_num_threads(before)
    for matrix, step in zip(given, found, strict=True):
        assert step.shape == matrix.shape and step.dtype == matrix.dtype
        values = torch.linalg.svdvals(step.flatten(1))
        assert values.min() > 0.6 and values.max() < 1.25, (matrix.shape, values)
        u, _, v = torch.linalg.svd(matrix.flatten(1), full_matrices=False)
        likeness = nn.functional.cosine_similarity(step.flatten(), (u @ v).flatten(), dim=0)
        assert likeness > 0.97, (matrix.shape, likeness)


def test_no_matrix_and_an_empty_gradient() -> None:
    assert orthogonal([]) == []
    (nothing,) = orthogonal([torch.zeros(3, 4)])
    assert torch.equal(nothing, torch.zeros(3, 4))


def test_matrices_move_as_in_torch() -> None:
    ours, theirs = ([nn.Parameter(torch.ones(8, 12)), nn.Parameter(torch.ones(6, 3))] for _ in "12")
    muon = Muon(ours, ours, **SETTINGS)  # type: ignore[arg-type]
    settings = {"lr": 0.01, "momentum": 0.95, "weight_decay": 0.1}
    reference = torch.optim.Muon(theirs, adjust_lr_fn="match_rms_adamw", **settings)
    for step in range(4):
        for own, optimizer in ((ours, muon), (theirs, reference)):
            gradients(own, step)
            optimizer.step()
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=3e-4)


def test_what_is_no_matrix_moves_as_under_adamw() -> None:
    ours, theirs = (list(network().parameters()) for _ in "12")
    muon = Muon(ours, [], **SETTINGS)  # type: ignore[arg-type]
    adamw = torch.optim.AdamW(theirs, fused=True, **SETTINGS)  # type: ignore[arg-type]
    for step in range(3):
        for own, optimizer in ((ours, muon), (theirs, adamw)):
            gradients(own, step)
            optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_a_kernel_moves_as_its_matrix_however_it_lies() -> None:
    def moved(kernel: Tensor, gradient: Tensor) -> Tensor:
        p = nn.Parameter(kernel.clone(memory_format=torch.preserve_format))
        p.grad = gradient
        Muon([p], [p], **SETTINGS).step()  # type: ignore[arg-type]
        return p.detach()

    torch.manual_seed(0)
    kernel, gradient = torch.randn(6, 4, 3, 3), torch.randn(6, 4, 3, 3)
    last = torch.channels_last
    found = moved(kernel.to(memory_format=last), gradient.to(memory_format=last))
    assert found.is_contiguous(memory_format=last)
    # columns in another order: sums in another order, in bfloat16
    torch.testing.assert_close(found, moved(kernel, gradient), rtol=0, atol=1e-3)
    flat = moved(kernel.flatten(1), gradient.flatten(1)).view_as(kernel)
    torch.testing.assert_close(found, flat, rtol=0, atol=1e-3)


def test_weights_of_layers_are_matrices_and_those_of_embeddings_are_not() -> None:
    embedding, linear = nn.Embedding(5, 3), nn.Linear(3, 3)
    model = nn.Sequential(embedding, linear, nn.LayerNorm(3), *network())
    found = {id(p) for p in matrices([model])}
    names = [name for name, p in model.named_parameters() if id(p) in found]
    assert names == ["1.weight", "3.weight", "5.weight"]


def test_the_node_sets_the_rate_of_both() -> None:
    net = network()
    lay_channels_last(net)

    def losses():  # type: ignore[no-untyped-def]
        while True:
            yield net(torch.ones(2, 2, 5, 5)).square().mean()

    optimizer = Optimizer(algorithm="Muon", rate=0.01)(losses(), [net])
    optimizer.prepare()
    optimizer.turn(progress=0.0)
    optimizer.set("rate", 0.0)
    before = [p.detach().clone() for p in net.parameters()]
    optimizer.turn(progress=0.0)
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_a_weight_without_a_gradient_stays() -> None:
    net = network()
    own = list(net.parameters())
    gradients(own[:1], 0)
    before = own[-2].detach().clone()
    Muon(own, matrices([net]), **SETTINGS).step()  # type: ignore[arg-type]
    assert torch.equal(own[-2], before)
