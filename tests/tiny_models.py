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
        n_layer=2, n_head=2, n_embd=WIDTH, vocab_size=280, n_positions=32, **ends
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
        max_position_embeddings=32,
    )
    torch.manual_seed(0)
    library.LlamaForCausalLM(config).save_pretrained(folder, max_shard_size="20KB")
    return folder


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
