"""The transformer as layer nodes: its block as a group, repeated."""

from __future__ import annotations

from typing import Any

from nodes.drawing import COPY, PART, Drawing, End

BLOCK = "block"


def drawn(net: Any, spread: float) -> Drawing:
    """Draw a transformer that is built; `spread` is the deviation of its first embeddings."""
    layers, heads, width = net.size
    drawing = Drawing(acts_as="LanguageModel")
    drawing.parts[BLOCK] = _block(net, heads, width)
    add, said = drawing.add, {"vocabulary": net.vocabulary}
    tokens = drawing.takes("tokens")
    x = written = add(
        "Embedding", tokens=tokens, origin="embedding", size=width, first=spread, **said
    )
    if net.places is not None:
        longest = net.places.num_embeddings
        x = add("Positions", x=x, origin="places", longest=longest, first=spread)
    x = _dropped(drawing, x, net.dropout)
    x = add(PART + BLOCK, x=x, times=layers, origin={"": f"blocks.{COPY}"}, heads=heads)
    x = add("Norm", x=x, kind="RMS", origin="norm")
    if net.tied:
        x = add("TiedHead", x=x, embedding=End(written.layer, "model"), gives="logits")
    else:
        x = add("TokenHead", x=x, bias=False, gives="logits", origin="read_out", **said)
    drawing.gives("logits", x)
    return drawing


def _block(net: Any, heads: int, width: int) -> Drawing:
    """Draw attention, and in a second row a perceptron, each added to its input."""
    drawing = Drawing("Transformer block")
    add, x = drawing.add, drawing.takes("x")
    h = add("Norm", x=x, kind="RMS", origin="norm_1")
    h = looks = add(
        "Attention",
        x=h,
        heads=heads,
        causal=True,
        rotary=net.places is None,
        normed=net.normed,
        bias=False,
        dropout=net.dropout,
        first=0.0,
        origin={"net": "attention.ask", "give": "attention.give"},
    )
    drawing.shows("heads", looks, "heads")
    x = add("Add", a=x, b=_dropped(drawing, h, net.dropout))
    drawing.row = 1.0
    h = add("Norm", x=x, kind="RMS", column=-1, origin="norm_2")
    h = add("Linear", x=h, outputs=4 * width, bias=False, origin="think.0")
    h = add("Activation", x=h, function=net.activation)
    h = add("Linear", x=h, outputs=width, bias=False, first=0.0, origin="think.2")
    x = add("Add", a=x, b=_dropped(drawing, h, net.dropout))
    drawing.gives("y", x)
    return drawing


def _dropped(drawing: Drawing, x: End, share: float) -> End:
    return drawing.add("Dropout", x=x, share=share) if share else x
