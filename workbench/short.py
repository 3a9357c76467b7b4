"""Signs and subtitles, `60 steps, η 0.02`, in the window's language.

Nodes make them as finished English: each part between commas is a word of the catalogue, or found
by its template in resources/i18n/signs.fr.json. There `{0}` stands for a part as it came, `[0]`
for one that is a word of the catalogue.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from PySide6.QtCore import QCoreApplication

from workbench import language

_PART = re.compile(r"(\{\d\}|\[\d\])")
_BETWEEN = re.compile(r"(, | · )")
_THOUSANDS, _POINT = re.compile(r"(?<=\d),(?=\d{3}\b)"), re.compile(r"(?<=\d)\.(?=\d)")


def short_said(text: str) -> str:
    """Return a sign or a subtitle, `60 steps, η 0.02`, in the window's language, part by part."""
    spoken = language.spoken()
    if spoken not in language.TRANSLATED:
        return text
    parts = _BETWEEN.split(text)
    found = (QCoreApplication.translate(language.KINDS, part) for part in parts)
    said_parts = (_said(spoken, p) if f == p else f for p, f in zip(parts, found, strict=True))
    return _POINT.sub(",", _THOUSANDS.sub("\u202f", "".join(said_parts)))


@lru_cache(maxsize=2048)
def _said(spoken: str, text: str) -> str:
    exact = language.signs(spoken).get(text)
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
        return text

    return _PART.sub(lambda found: part(found[0]), words)


@cache
def _templates(spoken: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the templates, those that begin with words of their own and have most first."""
    table = {t: w for t, w in language.signs(spoken).items() if _PART.search(t)}
    order = sorted(table, key=lambda t: (t[0] == "{", -len(_PART.sub("", t))))
    return [(_pattern(template), table[template]) for template in order]


def _pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of a template; each part but the last is matched as short as possible."""
    pieces = ["(.+?)" if _PART.fullmatch(p) else re.escape(p) for p in _PART.split(template)]
    return re.compile("".join(pieces), re.DOTALL)
