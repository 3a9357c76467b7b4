"""Show a preview of a data node and of how its file is read."""

from __future__ import annotations

from workbench.shell.tabs import DocumentPage


def show_preview(page: DocumentPage, node: str) -> None:
    """Open the preview of a node; this permits the node to read its file."""
    from workbench.panels.columns import Columns

    bench, canvas = page.bench, page.canvas
    bench.permit([bench.document.graph.owner(node)])
    shown = Columns(bench, node, page.window())
    shown.accepted.connect(lambda: canvas.navigation.fit_all())
    shown.open()
