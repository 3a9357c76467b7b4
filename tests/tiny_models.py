"""Tiny random models, saved by the libraries as others publish theirs; made once a process."""

from __future__ import annotations

import atexit
import importlib
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

TEXT = "so it is as it was, and as it will be\n" * 40
WIDTH = 16


def transformers() -> Any:
    """Return the library, or skip where it is not installed."""
    found = pytest.importorskip("transformers", reason="the extra interop is not installed")
    found.utils.logging.set_verbosity_error()
    found.utils.logging.disable_progress_bar()
    return found


@cache
def place() -> Path:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def gpt2() -> Path:
    """Return a folder with a GPT-2 of two layers and its tokenizer.json."""
    library, folder = transformers(), place() / "gpt2"
    ends = {"bos_token_id": 0, "eos_token_id": 0}
    config = library.GPT2Config(
        n_layer=2, n_head=2, n_embd=WIDTH, vocab_size=280, n_positions=72, **ends
    )
    torch.manual_seed(0)
    library.GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


@cache
def llama() -> Path:
    """Return a folder with a Llama of two layers, its weights in several files."""
    library, folder = transformers(), place() / "llama"
    config = library.LlamaConfig(
        vocab_size=280,
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=72,
    )
    torch.manual_seed(0)
    library.LlamaForCausalLM(config).save_pretrained(folder, max_shard_size="20KB")
    return folder


def diffusers() -> Any:
    """Return the library, or skip where it is not installed."""
    found = pytest.importorskip("diffusers", reason="the extra interop is not installed")
    found.utils.logging.set_verbosity_error()
    found.utils.logging.disable_progress_bar()
    return found


@cache
def pipeline() -> Path:
    """Return a folder with the parts of a small Stable Diffusion, as its library lays them out."""
    library, folder = diffusers(), place() / "pipeline"
    words = clip_tokenizer(place() / "clip")
    torch.manual_seed(0)
    library.StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=clip(len(words)),
        tokenizer=words,
        unet=_unet(),
        scheduler=library.DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            timestep_spacing="trailing",
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


@cache
def grey_parts() -> Path:
    """Return a folder with a U-Net and a VAE for pictures of one channel, told by four numbers."""
    folder = place() / "grey"
    _unet(channels=1, width=4).save_pretrained(folder / "unet")
    _vae(channels=1, latents=2).save_pretrained(folder / "vae")
    return folder


def _unet(channels: int = 4, width: int = WIDTH) -> Any:
    return diffusers().UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=channels,
        layers_per_block=1,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=width,
        norm_num_groups=4,
        attention_head_dim=4,
    )


def _vae(channels: int = 3, latents: int = 4) -> Any:
    return diffusers().AutoencoderKL(
        sample_size=16,
        in_channels=channels,
        out_channels=channels,
        latent_channels=latents,
        down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
    )


def clip(count: int, kind: str = "CLIPTextModel") -> Any:
    """Return a text encoder that knows so many tokens."""
    library = transformers()
    config = library.CLIPTextConfig(
        vocab_size=count,
        hidden_size=WIDTH,
        intermediate_size=32,
        projection_dim=12,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16,
        bos_token_id=count - 2,
        eos_token_id=count - 1,
        pad_token_id=count - 1,
    )
    return getattr(library, kind)(config).eval()


def clip_tokenizer(folder: Path) -> Any:
    """Return CLIP's way to cut texts, with the bytes and a few pairs."""
    folder.mkdir()
    signs = sorted(importlib.import_module("tokenizers").pre_tokenizers.ByteLevel.alphabet())
    merges = [("a", "s</w>"), ("i", "t</w>"), ("r", "e"), ("re", "d</w>")]
    words = [*signs, *(sign + "</w>" for sign in signs), *map("".join, merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: n for n, word in enumerate(words)}))
    lines = ["#version: 0.2", *map(" ".join, merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    return transformers().CLIPTokenizer.from_pretrained(folder, model_max_length=16)


def tokenizer() -> Any:
    """Return byte pairs of a short text, with a piece of no byte at its end."""
    tokenizers = importlib.import_module("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=270,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([TEXT], trainer)
    return made


def copied(folder: Path, to: Path) -> Path:
    """Copy a folder, to be damaged."""
    return Path(shutil.copytree(folder, to / folder.name))


def altered(file: Path, **values: Any) -> None:
    """Change what a description says."""
    file.write_text(json.dumps(json.loads(file.read_text()) | values))
