"""What the program ships, made once for all tests of a process: its kinds and their catalogue."""

from __future__ import annotations

from functools import cache

from engine import describe
from engine.catalogue import Catalogue
from nodes.library import Library, find


@cache
def library() -> Library:
    return find()


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library())
