"""Attention keeps out of the slow half precision of a CPU."""

from __future__ import annotations

import pytest
import torch

from nodes.diffusion.unet_blocks import Attention, attended


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
