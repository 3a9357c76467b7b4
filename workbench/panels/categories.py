"""The node kinds as listed in the palette: by category, with titles and icons in a fixed order."""

from __future__ import annotations

from engine.document.catalogue import Catalogue, KindInfo
from workbench.widgets.base import counted, tr
from workbench.widgets.rows import Row
from workbench.words.kinds import from_catalogue, kind_title
from workbench.words.sentences import translate

FAILED = "failed:"

# category: (title, icon), in the palette's order; other categories follow by name
CATEGORIES = {
    "yours": ("Yours", "star"),
    "groups": ("Groups", "group"),
    "data": ("Data", "database"),
    "networks": ("Networks", "layers"),
    "layers": ("Layers", "layers-2"),
    "autoencoders": ("Autoencoders", "binary"),
    "adversarial": ("Adversarial", "swords"),
    "flows": ("Flows", "arrow-left-right"),
    "diffusion": ("Diffusion", "wind"),
    "score": ("Score and Langevin", "route"),
    "transport": ("Transport", "shuffle"),
    "matching": ("Matching and bridges", "waypoints"),
    "language": ("Language", "type"),
    "molecules": ("Molecules", "hexagon"),
    "audio": ("Audio", "audio-lines"),
    "pretrained": ("Models you have", "package"),
    "training": ("Training", "trending-down"),
    "metrics": ("Metrics", "gauge"),
    "views": ("Views", "layout-grid"),
}


def category_row(category: str, count: int) -> Row:
    title, icon = CATEGORIES.get(category.lower(), (category.capitalize(), "box"))
    return Row(
        id=category,
        title=tr(title),
        icon=icon,
        side=str(count),
        strong=True,
        spoken=f"{tr(title)}, {counted(count, '%Ln node', '%Ln nodes')}",
    )


def kind_row(info: KindInfo, places: tuple[int, ...] = (), *, icon: bool = False) -> Row:
    title, summary = kind_title(info), from_catalogue(info.summary)
    return Row(
        id=info.kind,
        title=title,
        icon=info.icon if icon else "",
        ink="text" if icon else "text2",
        places=places,
        tip="\n".join(t for t in (title, summary) if t),
        spoken=f"{title}. {summary}",
    )


def by_category(catalogue: Catalogue) -> dict[str, list[KindInfo]]:
    """Return the kinds of each category, in the palette's order."""
    groups: dict[str, list[KindInfo]] = {}
    for info in catalogue.kinds.values():
        groups.setdefault(info.category, []).append(info)
    order = list(CATEGORIES)

    def place(category: str) -> tuple[int, str]:
        name = category.lower()
        return (order.index(name) if name in order else len(order), name)

    return {c: groups[c] for c in sorted(groups, key=place)}


def failures(catalogue: Catalogue) -> list[tuple[Row, list[Row]]]:
    """Return the node files that could not be imported, with the error of each."""
    if not catalogue.failures:
        return []
    words = tr("Not loaded")
    head = Row(
        id=FAILED,
        title=words,
        icon="triangle-alert",
        colour="warning",
        side=str(len(catalogue.failures)),
        strong=True,
    )
    rows = [
        Row(
            id=FAILED + f.file,
            title=f.file.replace("\\", "/").rpartition("/")[2],
            detail=translate(f.sentence),
            tip=f"{f.file}\n{translate(f.sentence)}",
        )
        for f in catalogue.failures
    ]
    return [(head, rows)]
