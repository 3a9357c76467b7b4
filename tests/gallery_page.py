"""Write the pages of examples in `docs`: `python -m tests.gallery_page`.

They are made of the files of the examples, in the order of the window's gallery, and of their words
in French; a test fails where a page is not what would be written.
"""

from __future__ import annotations

import json
from pathlib import Path

import resources
from workbench.bench.examples import Example, listed

ROOT = Path(__file__).parent.parent
PAGES = {"en": ROOT / "docs" / "gallery.md", "fr": ROOT / "docs" / "gallery.fr.md"}
HEADS = {
    "en": """# Examples

[En français](gallery.fr.md)

Each opens by its name, `workbench gan-ring`, or from the gallery of the window, and trains without
it, `python -m engine run gan-ring`. The pictures are what it drew; the times are of two cores.
""",
    "fr": """# Exemples

[In English](gallery.md)

Chacun s'ouvre par son nom, `workbench gan-ring`, ou depuis la galerie de la fenêtre, et s'entraîne
sans elle, `python -m engine run gan-ring`. Les images sont ce qu'il a dessiné ; les durées sont
celles de deux cœurs.
""",
}
COLUMNS = {"en": ("Picture", "Example"), "fr": ("Image", "Exemple")}
WIDTH = 264


def page(language: str) -> str:
    """Return the page of all examples in a language."""
    words = _words(language)
    rows = [_row(example, words) for example in listed()]
    head = f"| {' | '.join(COLUMNS[language])} |\n|---|---|\n"
    return HEADS[language] + "\n" + head + "\n".join(rows) + "\n"


def _row(example: Example, words: dict[str, str]) -> str:
    title, summary, time = (
        words.get(text, text).replace("|", "\\|")
        for text in (example.graph.title, *(str(example.graph.extra.get(k, "")) for k in KEYS))
    )
    source = f"../resources/examples/{example.name}.png"
    picture = f'<img src="{source}" width="{WIDTH}" alt="{title}">' if example.picture else ""
    about = " · ".join(part for part in (f"`{example.name}`", time) if part)
    return f"| {picture} | **{title}**<br>{summary}<br>{about} |"


def _words(language: str) -> dict[str, str]:
    if language == "en":
        return {}
    return json.loads(resources.path("i18n", f"examples.{language}.json").read_text("utf-8"))


KEYS = ("summary", "time")

if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(page(language), "utf-8")
        print(path)
