"""The language of the window: which one, and its words, read from resources/i18n.

`fr.json` is {context: {English: French}}; the context "" holds words that mean the same wherever
they stand. `nodes.fr.json` holds the catalogue's words, the context "kinds". What has no entry, as
a plug-in's titles, is shown in English. The window's widgets read their words when they are made,
so a choice takes effect at the next start.
"""

from __future__ import annotations

import json
from functools import cache

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

import resources

ENGLISH, FRENCH = "en", "fr"
KINDS = "kinds"  # context of the catalogue's words
TRANSLATED = (FRENCH,)

Words = dict[str, dict[str, str]]


def wanted(choice: str) -> str:
    """Return the language to use: the one chosen, else the system's where we speak it."""
    if choice != "system":
        return choice
    language = QLocale.system().name()[:2]
    return language if language in TRANSLATED else ENGLISH


def use(choice: str) -> None:
    """Make a language the program's: its words, Qt's own words, its way to write numbers.

    A French system keeps its own country's numbers, as an English one does.
    """
    app = QCoreApplication.instance()
    if app is None:
        return
    language = wanted(choice)
    system = QLocale.system()
    QLocale.setDefault(system if system.name()[:2] == language else QLocale(language))
    for translator in (_of_qt(language), Translator(language, app)):  # the last is asked first
        if not translator.isEmpty():
            translator.setParent(app)
            app.installTranslator(translator)


def _of_qt(language: str) -> QTranslator:
    found = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    found.load(f"qtbase_{language}", folder)
    return found


@cache
def words(language: str) -> Words:
    """Return the words of a language by context; none for English."""
    if language not in TRANSLATED:
        return {}
    window = json.loads(_text(f"{language}.json"))
    return window | {KINDS: json.loads(_text(f"nodes.{language}.json"))}


def _text(name: str) -> str:
    return resources.path("i18n", name).read_text("utf-8")


class Translator(QTranslator):
    """Looks a text up among the words of its context, then among those of all."""

    def __init__(self, language: str, parent: QCoreApplication | None = None) -> None:
        super().__init__(parent)
        self._words = words(language)
        self._common = self._words.get("", {})

    def isEmpty(self) -> bool:
        return not self._words

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Return the text in this language; None where there is none: English is shown then."""
        found = self._words.get(context, {}).get(source)
        if found is None and context[:1] != "Q":  # Qt's own contexts have Qt's own words
            found = self._common.get(source)
        return found
