"""The window's language: the choice, and the translations in resources/i18n.

`fr.json` is {context: {English: French}}; the context "" holds texts that mean the same everywhere.
`nodes.fr.json` holds the catalogue's texts (context "kinds"), `examples.fr.json` those of the
examples, `sentences.fr.json` those of workbench.words.sentences. Texts without an entry, such as a
plug-in's titles, are shown in English. Widgets read their texts when created: at another choice the
window makes its parts anew.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

import resources

ENGLISH, FRENCH = "en", "fr"
KINDS = "kinds"  # context of the catalogue's texts
EXAMPLES = "examples"
TRANSLATED = (FRENCH,)
_PROPERTY = "genworkbench_language"

Words = dict[str, dict[str, str]]


def chosen_language(choice: str) -> str:
    """Return the language to use: the chosen one, else the system's if it is available."""
    if choice != "system":
        return choice
    language = QLocale.system().name()[:2]
    return language if language in TRANSLATED else ENGLISH


def use(choice: str) -> None:
    """Use a language: its translations, Qt's own, and its number format.

    A system in that language keeps its country's number format.
    """
    app = QCoreApplication.instance()
    if app is None:
        return
    language = chosen_language(choice)
    for translator in app.findChildren(QTranslator, _PROPERTY):
        app.removeTranslator(translator)
        translator.setObjectName("")  # it is deleted a moment later
        translator.deleteLater()
    app.setProperty(_PROPERTY, language)
    system = QLocale.system()
    QLocale.setDefault(system if system.name()[:2] == language else QLocale(language))
    for translator in (_of_qt(language), Translator(language, app)):  # the last is asked first
        if not translator.isEmpty():
            translator.setParent(app)
            translator.setObjectName(_PROPERTY)
            app.installTranslator(translator)


def _of_qt(language: str) -> QTranslator:
    found = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    found.load(f"qtbase_{language}", folder)
    return found


def spoken() -> str:
    """Return the language in use."""
    app = QCoreApplication.instance()
    return (app and app.property(_PROPERTY)) or ENGLISH


@cache
def words(language: str) -> Words:
    """Return the translations of a language by context; empty for English."""
    if language not in TRANSLATED:
        return {}
    window: Words = _read(f"{language}.json")
    own = {KINDS: _read(f"nodes.{language}.json"), EXAMPLES: _read(f"examples.{language}.json")}
    return window | own


def everywhere(context: str, text: str) -> list[str]:
    """Return a text in all languages."""
    others = (words(language).get(context, {}).get(text, "") for language in TRANSLATED)
    return [text, *others] if text else []


@cache
def sentences(language: str) -> dict[str, str]:
    """Return the translated templates of sentences; empty for English."""
    return _read(f"sentences.{language}.json") if language in TRANSLATED else {}


def _read(name: str) -> Any:
    return json.loads(resources.path("i18n", name).read_text("utf-8"))


class Translator(QTranslator):
    """Looks a text up in its context, then in the common one."""

    def __init__(self, language: str, parent: QCoreApplication | None = None) -> None:
        super().__init__(parent)
        self._words = words(language)
        self._common = self._words.get("", {})

    def isEmpty(self) -> bool:
        return not self._words

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Return the translation; None, which shows English, if there is none."""
        found = self._words.get(context, {}).get(source)
        if found is None and context[:1] != "Q":  # Qt's own contexts have Qt's translations
            found = self._common.get(source)
        return found
