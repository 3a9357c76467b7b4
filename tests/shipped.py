"""What the program ships, made once for all tests of a process: its kinds and their catalogue."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from engine.check import describe
from engine.document.catalogue import Catalogue
from nodes.library import Library, find


@cache
def library() -> Library:
    return find()


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library())


def need_mnist() -> None:
    """Skip a test where MNIST is not at hand."""
    folder = os.environ.get("GENWORKBENCH_DATA")
    if folder is None or not any(Path(folder).rglob("train-images-idx3-ubyte*")):
        pytest.skip("GENWORKBENCH_DATA holds no MNIST")
