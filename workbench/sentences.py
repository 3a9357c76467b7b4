"""Sentences that come with words already in them, in the window's language.

The engine and the edits write whole English sentences: `Width must be at least 1; it is 0.` Each is
found again by its template in resources/i18n/sentences.fr.json. There `{0}` stands for a part as
it came, `[0]` for one that is a title or another such sentence and is translated as well.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication

from engine.catalogue import Problem
from nodes.errors import Refusal
from workbench import language

_PART = re.compile(r"(\{\d\}|\[\d\])")
_BETWEEN = re.compile(r"(, | · )")
_THOUSANDS, _POINT = re.compile(r"(?<=\d),(?=\d{3}\b)"), re.compile(r"(?<=\d)\.(?=\d)")


def said(text: str) -> str:
    """Return a sentence or a label in the window's language, as it came where it is not known."""
    return _said(language.spoken(), text)


def short_said(text: str) -> str:
    """Return a sign or a subtitle, `60 steps, η 0.02`, in the window's language, part by part."""
    spoken = language.spoken()
    if spoken not in language.TRANSLATED:
        return text
    parts = _BETWEEN.split(text)
    found = (QCoreApplication.translate(language.KINDS, part) for part in parts)
    said_parts = (_said(spoken, p) if f == p else f for p, f in zip(parts, found, strict=True))
    return _POINT.sub(",", _THOUSANDS.sub("\u202f", "".join(said_parts)))


def problem_said(problem: Problem) -> Problem:
    """Return a problem with its words in the window's language."""
    if language.spoken() not in language.TRANSLATED:
        return problem
    fix = problem.fix and replace(problem.fix, label=said(problem.fix.label))
    return replace(problem, sentence=said(problem.sentence), hint=said(problem.hint), fix=fix)


def refusal_said(refusal: Refusal) -> str:
    """Return what a refusal says and what to do, with the place that it is about."""
    where = f"{refusal.place}: " if refusal.place else ""
    return f"{where}{said(refusal.sentence)} {said(refusal.fix)}".strip()


@lru_cache(maxsize=2048)
def _said(spoken: str, text: str) -> str:
    exact = language.sentences(spoken).get(text)
    if exact is not None:
        return exact
    for pattern, words in _templates(spoken):
        found = pattern.fullmatch(text)
        if found is not None:
            return _filled(spoken, words, found.groups())
    return text


def _filled(spoken: str, words: str, parts: tuple[str, ...]) -> str:
    def part(mark: str) -> str:
        text = parts[int(mark[1])]
        if mark[0] == "[":
            title = QCoreApplication.translate(language.KINDS, text)
            return title if title != text else _said(spoken, text)
        return text.replace(" or ", " ou ") if spoken == language.FRENCH else text

    return _PART.sub(lambda found: part(found[0]), words)


@cache
def _templates(spoken: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the templates, those that begin with words of their own and have most first."""
    table = {t: w for t, w in language.sentences(spoken).items() if "{" in t}
    order = sorted(table, key=lambda t: (t[0] == "{", -len(_PART.sub("", t))))
    return [(_pattern(template), table[template]) for template in order]


def _pattern(template: str) -> re.Pattern[str]:
    """Return what finds a template's sentences; a part ends as early as it can, the last late."""
    pieces = ["(.+?)" if _PART.fullmatch(p) else re.escape(p) for p in _PART.split(template)]
    return re.compile("".join(pieces), re.DOTALL)
