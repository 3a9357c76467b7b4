"""The U-Net as layer nodes: its blocks as groups, its levels one below the other."""

from __future__ import annotations

from typing import Any

from nodes.diffusion.conditioning import told_of_class
from nodes.diffusion.unet_blocks import Attention, ResidualBlock, Stage
from nodes.drawing import PART, Drawing, End

LEVEL = 2.0
"""Rows from one level to the next."""


class Drawn:
    """A U-Net being drawn. Columns go on from left to right, rows go down with the levels."""

    def __init__(self, unet: Any, frequencies: int, highest: float) -> None:
        self.unet, self.plan = unet, unet._plan
        self.drawing = Drawing(acts_as="Denoiser", given={"predicts": unet.predicts})
        x, t = self.drawing.takes("x"), self.drawing.takes("t")
        self.context: End | None = None
        self.told = self._told(x, t, frequencies, highest)
        self.column = 0.0
        end = self._read(x)
        end, beside = self._down(end)
        self._turn(len(unet.down))
        end = self._stage(unet.middle, end, "middle")
        self.drawing.row -= LEVEL
        end = self._up(end, beside)
        self.drawing.gives("prediction", self._write(end))

    def _told(self, x: End, t: End, frequencies: int, highest: float) -> End:
        add, told = self.drawing.add, self.unet.tell
        self.drawing.row = -LEVEL
        end = add("TimeEmbedding", t=t, frequencies=frequencies, highest=highest, column=0)
        end = add("Linear", x=end, outputs=told[0].out_features, origin="tell.0")
        end = add("Activation", x=end, function="SiLU")
        end = add("Linear", x=end, outputs=told[2].out_features, origin="tell.2")
        end = told_of_class(self.drawing, end, x, self.unet.classes, told[2].out_features)
        if "context" in self.unet.built:
            end = self._told_of_text(end, told[2].out_features)
        end = add("Activation", x=end, function="SiLU")
        self.drawing.row = 0.0
        return end

    def _told_of_text(self, told: End, size: int) -> End:
        """Add the vector of a text to what blocks are told; attention looks at its tokens."""
        add, row = self.drawing.add, self.drawing.row
        self.context = self.drawing.takes("context")
        self.drawing.row = 1.5 * row
        text = add("TextVector", context=self.context, column=1)
        text = add("Linear", x=text, outputs=size, origin="told_text")
        self.drawing.row = row
        return add("Add", a=told, b=text)

    def _next(self, kind: str, **given: Any) -> End:
        """Add a layer in the next column."""
        end = self.drawing.add(kind, column=self.column, **given)
        self.column += 1
        return end

    def _turn(self, level: int) -> None:
        """Go on at another level, below or above the last layer."""
        self.drawing.row = level * LEVEL
        self.column -= 1

    def _read(self, x: End) -> End:
        if "beside" in self.unet.built:
            given = self.drawing.takes("beside")
            given = self._next("Upsample", x=given, like=x)
            x = self._next("Concat", xs=[x, given])
        if self.plan.patch > 1:
            x = self._next("PixelShuffle", x=x, factor=self.plan.patch, back=True)
        width = self.plan.channels[0]
        return self._next("Convolution", x=x, channels=width, origin="first")

    def _down(self, end: End) -> tuple[End, list[list[End]]]:
        beside: list[list[End]] = []
        for level, stages in enumerate(self.unet.down):
            if level:
                self._turn(level)
                width, held = self.plan.channels[level], f"halving.{level - 1}"
                end = self._next("Convolution", x=end, channels=width, stride=2, origin=held)
            beside.append([])
            for number, stage in enumerate(stages):
                end = self._stage(stage, end, f"down.{level}.{number}")
                beside[-1].append(end)
        return end, beside

    def _up(self, end: End, beside: list[list[End]]) -> End:
        for level, stages in reversed(list(enumerate(self.unet.up))):
            if level < len(self.unet.doubling):
                width = self.plan.channels[level]
                held = f"doubling.{level}.change"
                end = self._next("Convolution", x=end, channels=width, origin=held)
                self._turn(level)
                end = self._next("Upsample", x=end, like=beside[level][0])
            for number, stage in enumerate(stages):
                end = self._next("Concat", xs=[end, beside[level].pop()])
                end = self._stage(stage, end, f"up.{level}.{number}")
        return end

    def _stage(self, stage: Stage, end: End, held: str) -> End:
        name = self._part("residual", stage.block)
        given = {"x": end, "told": self.told, "channels": stage.block.first.out_channels}
        end = self._next(PART + name, origin={"": f"{held}.block"}, **given)
        if stage.attention is not None:
            name = self._part("attention", stage.attention)
            given = {"x": end, "heads": stage.attention.heads}
            end = self._next(PART + name, origin={"": f"{held}.attention"}, **given)
        if stage.look is not None:
            name = self._part("look", stage.look)
            given = {"x": end, "context": self.context, "heads": stage.look.heads}
            end = self._next(PART + name, origin={"": f"{held}.look"}, **given)
        return end

    def _part(self, stem: str, module: ResidualBlock | Attention) -> str:
        if isinstance(module, Attention):
            block = _attention(self.unet.groups, at_texts=stem == "look")
            self.drawing.parts.setdefault(stem, block)
            return stem
        changes = module.first.in_channels != module.first.out_channels
        name = stem + ("_wider" if changes else "")
        block = _residual(self.unet.groups, self.unet.dropout, changes=changes)
        self.drawing.parts.setdefault(name, block)
        return name

    def _write(self, end: End) -> End:
        end = self._next("Norm", x=end, groups=self.unet.groups, origin="last_norm")
        end = self._next("Activation", x=end, function="SiLU")
        channels = self.unet.last.out_channels
        end = self._next("Convolution", x=end, channels=channels, first=0.01, origin="last")
        if self.plan.patch > 1:
            end = self._next("PixelShuffle", x=end, factor=self.plan.patch)
        return end


def _residual(groups: int, dropout: float, *, changes: bool) -> Drawing:
    """Draw a residual block; one that `changes` the channels has a convolution past it."""
    drawing = Drawing("Residual block, other channels" if changes else "Residual block")
    add, x, told = drawing.add, drawing.takes("x"), drawing.takes("told")
    h = add("Norm", x=x, groups=groups, origin="first_norm")
    h = add("Activation", x=h, function="SiLU")
    h = first = add("Convolution", x=h, origin="first")
    h = add("Norm", x=h, groups=groups, origin="second_norm")
    h = add("Modulate", x=h, told=told, origin="modulation")
    h = add("Activation", x=h, function="SiLU")
    if dropout:
        h = add("Dropout", x=h, share=dropout)
    h = second = add("Convolution", x=h, first=0.0, origin="second")
    shown = [first, second]
    if changes:
        drawing.row, last = 1.0, drawing.layers[h.layer].at[0]
        x = add("Convolution", x=x, kernel=1, column=last, origin="past")
        drawing.row = 0.0
        shown.append(x)
    for layer in shown:
        drawing.shows("channels", layer, "channels")
    drawing.gives("y", add("Add", a=x, b=h))
    return drawing


def _attention(groups: int, *, at_texts: bool) -> Drawing:
    """Draw attention of each place to all others, or to texts, added to what comes in."""
    drawing = Drawing("Look at texts" if at_texts else "Attention block")
    x = drawing.takes("x")
    given: dict[str, Any] = {"origin": {"net": "query+key_value", "give": "out"}}
    if at_texts:
        given = {"origin": {"net": "query", "told": "key_value", "give": "out"}, "rest": True}
        given["context"] = drawing.takes("context")
    h = drawing.add("Norm", x=x, groups=groups, origin="norm")
    h = looks = drawing.add("Attention", x=h, first=0.0, **given)
    drawing.shows("heads", looks, "heads")
    drawing.gives("y", drawing.add("Add", a=x, b=h))
    return drawing
