"""What the program ships, made once for all tests of a process: its kinds and their catalogue."""

from __future__ import annotations

from functools import cache

from engine.check import describe
from engine.document.catalogue import Catalogue
from nodes.library import Library, find


@cache
def library() -> Library:
    return find()


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library())
