"""Show why an edit or a wire is refused."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Signal

from nodes.errors import Refusal
from nodes.sentences import Text
from workbench.canvas.camera import Camera
from workbench.canvas.controls import RefusalBox
from workbench.canvas.fitting import WireRefusal
from workbench.canvas.scene import Scene
from workbench.words.sentences import Names, translate, translate_problem, translate_refusal


class Refusals(QObject):
    """Show refusals in the canvas's message box, and emit each as a sentence."""

    refused = Signal(str)

    def __init__(self, scene: Scene, camera: Camera, box: RefusalBox) -> None:
        super().__init__(scene)
        self.scene = scene
        self.camera = camera
        self.box = box

    @property
    def names(self) -> Names:
        """Return the titles of the nodes and ports that sentences mention."""
        return Names(self.scene.graph, self.scene.catalogue)

    def show_wire(self, answer: WireRefusal, node: str, *, brief: bool = False) -> None:
        """Show under a node why a wire is refused, with its fix; a brief box closes by itself."""
        area = self.camera.area_to_view(self.scene.nodes[node].area)
        problem = translate_problem(answer.problem, self.names)
        at = QPoint(area.left() - 100, area.bottom() + 14)
        fix = translate(answer.fix_label, self.names)
        self.box.say(problem.sentence, problem.hint, fix, at=at, brief=brief)
        self.refused.emit(problem.sentence)

    def show_value(self, fault: Text, at: QPoint) -> None:
        """Show for a while at a point of the view why a value is refused."""
        sentence = translate(fault, self.names)
        self.box.say(sentence, "", at=at, brief=True)
        self.refused.emit(sentence)

    def show_edit(self, refusal: Refusal) -> None:
        """Show for a while at the pointer why an edit is refused."""
        names = self.names
        sentence, hint = translate(refusal.sentence, names), translate(refusal.fix, names)
        at = self.camera.to_view(self.camera.pointer).toPoint() + QPoint(12, 16)
        self.box.say(sentence, hint, at=at, brief=True)
        self.refused.emit(translate_refusal(refusal, names))

    def hide(self) -> None:
        self.box.hide()
