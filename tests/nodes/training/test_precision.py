"""Half precision, where a device multiplies it."""

from __future__ import annotations

import torch

from nodes.diffusion.base import predicted
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.schedules import cosine
from nodes.matching.base import at_one_time
from nodes.training.precision import autocast_to, multiplies_bfloat16
from tests.engine.toy import fit, session

CPU = torch.device("cpu")


def test_what_is_named_is_taken_everywhere() -> None:
    assert autocast_to("float32", CPU) is None
    assert autocast_to("bfloat16", CPU) is torch.bfloat16


def test_auto_is_short_only_where_a_device_multiplies_it() -> None:
    assert autocast_to("auto", CPU) is (torch.bfloat16 if multiplies_bfloat16(CPU) else None)
    assert autocast_to("auto", torch.device("mps")) is None


def test_samplers_ask_a_network_in_the_number_format_of_its_training() -> None:
    seen = []

    class Spy(DenoiserMLP):
        def forward(self, x, t, labels=None):  # type: ignore[no-untyped-def]
            seen.append(torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu"))
            return super().forward(x, t, labels)

    network = Spy(hidden=[16])
    x, schedule = torch.randn(4, 2), cosine()
    predicted(network, schedule, x, torch.tensor(0.5))
    network.autocast = torch.bfloat16
    short = predicted(network, schedule, x, torch.tensor(0.5))
    at_one_time(network)(x, 0.5)
    assert seen == [False, torch.bfloat16, torch.bfloat16]
    assert short.x_0.dtype is short.eps.dtype is torch.float32


def test_a_trainer_tells_its_networks_what_they_are_trained_in() -> None:
    s = session()
    s.update(fit(steps=1))
    network = s.lives["map"].node
    for precision, dtype in (("bfloat16", torch.bfloat16), ("float32", None)):
        s.lives["trainer"].node.set("precision", precision)
        next(s.program.frames("trainer"))
        assert network.autocast is dtype
