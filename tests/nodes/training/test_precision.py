"""Half precision where a device multiplies it, and attention that does not slow it down."""

from __future__ import annotations

import pytest
import torch

from nodes.diffusion.unet_blocks import Attention, attended
from nodes.training.precision import autocast_to, multiplies_bfloat16

CPU = torch.device("cpu")


def test_what_is_named_is_taken_everywhere() -> None:
    assert autocast_to("float32", CPU) is None
    assert autocast_to("bfloat16", CPU) is torch.bfloat16


def test_auto_is_short_only_where_a_device_multiplies_it() -> None:
    assert autocast_to("auto", CPU) is (torch.bfloat16 if multiplies_bfloat16(CPU) else None)
    assert autocast_to("auto", torch.device("mps")) is None


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_attention_keeps_its_numbers_under_autocast(kind: torch.dtype) -> None:
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 2, 4, 9, 8, dtype=kind).unbind()
    exact = torch.softmax(q @ k.mT / 8**0.5, dim=-1) @ v
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = attended(q, k, v)
    assert found.dtype is kind
    assert torch.allclose(found, exact, atol=1e-5)


def test_attention_of_images_in_half_precision_is_near_that_in_full() -> None:
    torch.manual_seed(0)
    attention, x = Attention(16, groups=4), torch.randn(2, 16, 5, 7)
    torch.nn.init.normal_(attention.out.weight, std=0.1)
    full = attention(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = attention(x)
    assert torch.allclose(half.float(), full, atol=0.05)
