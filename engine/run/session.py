"""Hold the node objects of one document and their trained weights.

After each edit the session compares nodes: one with the same kind, structural parameters and input
shapes is kept with its weights. Weights are drawn from a random stream of each node's own, seeded
by (seed, node id), so that adding a node does not change the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

import torch
from torch import Tensor

from engine.check import describe
from engine.check.check import check_expanded, doubted, new_node
from engine.check.ground import Ground
from engine.check.memory import Memory
from engine.check.report import Report, failure
from engine.document.catalogue import Catalogue, Problem
from engine.document.errors import CheckpointRefused, GraphRefused
from engine.document.expand import Expanded, expand
from engine.document.faults import located, with_offers
from engine.document.graph import Graph, Place, Wire, copy_beside
from engine.document.messages import Checked, Looked
from engine.document.opened import Origin, origins
from engine.document.tries import tried
from engine.document.walks import Links, downstream_ids
from engine.document.wiring import MODEL
from engine.pull.evaluation import mix, own_randomness
from engine.pull.models import Models, models_in
from engine.pull.program import Program, compile_graph
from engine.run.lives import LiveNode, Signature, signature_of
from engine.run.opening import hand_over, with_origins
from engine.run.shown import Shown
from engine.run.state import load, state_of
from engine.run.structure import structure, training_part
from engine.run.tuning import take, tunable, tuned
from nodes.base import Node
from nodes.errors import Refusal
from nodes.library import Library, find
from nodes.sentences import Part, say


class Session:
    """The node objects of a document on a device; call `update` after each edit.

    `seed` overrides the graph's seed. `device`: "auto", "cpu", "cuda", "cuda:1".
    """

    def __init__(
        self, *, device: str = "cpu", seed: int | None = None, library: Library | None = None
    ) -> None:
        self.device = torch.device(device)
        self.given_seed = seed
        self.library = library or find()
        self.catalogue: Catalogue = describe.catalogue(self.library)
        self.expanded = expand(Graph(), self.catalogue)
        self.ground = Ground()
        self.wires: list[Wire] = []
        """The effective wires of the graph (see `acting_wires`)."""
        self.links = Links(self.wires)
        self.report = Report()
        self.memory = Memory()
        """What the next check takes from the last one."""
        self.program = Program({}, [], set())
        self.lives: dict[str, LiveNode] = {}
        self.trained: set[str] = set()
        """Ids of nodes whose weights a run has changed."""
        self.aside: dict[str, LiveNode] = {}
        """Trained nodes that an edit removed; undoing the edit restores them."""
        self.step = 0
        self.frames = 0
        """Frames of samplers counted so far by a run without trainers."""
        self.origins: dict[str, Origin] = {}
        """Where nodes of opened networks had their weights before."""
        self.waiting: Expanded | None = None
        """An edit that takes effect after the run in progress."""
        self.unconfirmed = False
        """Whether an edit has been taken that no check knows yet."""
        self.shown = Shown(self)

    @property
    def graph(self) -> Graph:
        """Return the graph that runs: that of the document with its groups expanded."""
        return self.expanded.graph

    @property
    def document(self) -> Graph:
        """Return the graph as it was given, with its groups."""
        return self.expanded.document

    @property
    def seed(self) -> int:
        return self.graph.settings.seed if self.given_seed is None else self.given_seed

    def update(self, graph: Graph, seq: int = 0) -> Checked:
        """Check the graph, keep the nodes that the edit leaves as they are, make the rest, compile.

        An edit of live parameters of views only, such as a slider, skips the check: views have no
        outputs, and errors in what they show are raised when they are pulled.
        """
        return self._taken(graph, seq, views=True) or self.update_expanded(
            self._expanded(graph), seq
        )

    def _expanded(self, graph: Graph) -> Expanded:
        return expand(copy_beside(graph, self.document), self.catalogue)

    def adjust(self, graph: Graph, seq: int = 0) -> Checked | None:
        """Apply an edit while a pull is paused: live parameters of views, or the layout.

        Return None and change nothing for any other edit.
        """
        return self._taken(graph, seq, views=True, idle=True)

    def tune(self, graph: Graph, seq: int = 0) -> Checked | None:
        """Apply an edit of live parameters at once, during a run too; None for any other edit.

        Return the answer of the check before: `confirm` checks what they change in it.
        """
        checked = self._taken(graph, seq)
        self.unconfirmed |= checked is not None
        return checked

    def _taken(
        self, graph: Graph, seq: int, *, views: bool = False, idle: bool = False
    ) -> Checked | None:
        """Take an edit without a check, if it is one of live parameters; `views`: of views only.

        `idle`: take one that changes nothing as well.
        """
        edit = tuned(self.expanded, graph) if self.waiting is None else None
        if edit is None or not (edit.names or idle) or not tunable(self, edit, views=views):
            return None
        return self.report.checked(seq) if take(self, edit) else None

    def confirm(self, seq: int = 0) -> Checked | None:
        """Check what `tune` has taken; return the answer where it is not the one given before."""
        if not self.unconfirmed:
            return None
        before, new = self.report, self._expanded(self.document)
        report = self._check(new)
        if report.needs_the_same(before):
            self.expanded, self.report, self.unconfirmed = new, report, False
            self._annotate()
        else:
            self._install_checked(new, report)
        return None if report.says_the_same(before) else report.checked(seq)

    def update_expanded(self, new: Expanded, seq: int = 0) -> Checked:
        """Update to a document that is expanded already."""
        self._install_checked(new, self._check(new))
        return self.report.checked(seq)

    def _install_checked(self, new: Expanded, report: Report) -> None:
        self.expanded, self.report, self.unconfirmed = new, report, False
        self.wires = new.acting_wires()
        self.links = Links(self.wires)
        self._install()
        self._annotate()

    def _annotate(self) -> None:
        """Add to the report what the live nodes know."""
        for info in self.report.infos:
            owner = self.graph.owner(info.node)
            info.state = "kept" if owner in self.trained else ""
            live = self.lives.get(owner)
            if live is not None and live.node.files():
                info.notes = live.node.notes()

    def _check(self, new: Expanded) -> Report:
        report = self._checked(new)
        report.problems = with_offers(report.problems, new)
        return report

    def _checked(self, new: Expanded) -> Report:
        return check_expanded(new, self.library, self.ground, self.memory)

    def mends(self, problems: list[Problem]) -> Iterator[Problem | None]:
        """Try fixes of the latest graph's problems, one per `next` (`engine.document.tries`)."""
        new = self.waiting or self.expanded

        def found(other: Graph) -> list[Problem]:
            return self._checked(replace(new, graph=other)).problems

        for solved in tried(problems, new.graph, new.catalogue, found):
            yield solved and located(solved, new)

    def renew(self, nodes: list[Node]) -> None:
        """Let what runs take other parameters of these nodes."""
        self.program = self.program.renewed_for(nodes)
        self._set_step()

    def _set_step(self) -> None:
        """Set what depends on the step. A run says what cannot be set."""
        with suppress(Refusal):
            self.program.at_step(self.step)

    def _alike(self, old: Place, new: Place) -> bool:
        return structure(old, self.catalogue) == structure(new, self.catalogue)

    def look(self, name: str) -> Looked | None:
        """Return a preview of a data node of the latest graph, or the reason why there is none.

        Return None where the node no longer exists.
        """
        graph = (self.waiting or self.expanded).graph
        if name not in graph.nodes:
            return None
        try:
            node = new_node(self.library, graph, graph.owner(name), self.ground.home)
            preview, doubts = node.preview(), doubted(graph.owner(name), node)
        except Refusal as error:
            return Looked(node=name, sentence=error.told)
        sentence = "" if preview else say("Nothing is known of it before it runs.")
        return Looked(node=name, preview=preview, doubts=doubts, sentence=sentence)

    def drop_outdated(self) -> list[str]:
        """Unload data whose files have changed, check again, and return the nodes concerned."""
        names = [name for name, live in self.lives.items() if live.node.outdated()]
        for name in names:
            self.lives[name].node.unload()
        if names:
            self.update_expanded(self.expanded, 0)
        return names

    def edit(self, graph: Graph, seq: int = 0) -> Checked:
        """Apply an edit while a run is in progress.

        An edit that does not affect training (live parameters, views, samplers) takes effect at
        once. Any other is stored in `waiting`, and the nodes it concerns are reported as changed.
        """
        edited = self._expanded(graph)
        if not self._touches_training(edited):
            self.waiting = None
            return self.update_expanded(edited, seq)
        self.waiting = edited
        report = self._check(edited)
        for info in report.infos:
            old = self.graph.nodes.get(info.node)
            new = edited.graph.nodes[info.node]
            same = old is not None and self._alike(old, new)
            info.state = "kept" if same else "changed"
            if same and info.node in self.lives:
                self.lives[info.node].set(new)
        return report.checked(seq)

    def settle(self) -> Checked | None:
        """Apply the waiting edit after a run; return None where there is none."""
        edited, self.waiting = self.waiting, None
        return self.update_expanded(edited, 0) if edited is not None else None

    @property
    def problems(self) -> list[Problem]:
        return self.report.problems

    def touches_training(self, graph: Graph) -> bool:
        """Return whether `graph` differs from the present one in anything a trainer depends on."""
        return self._touches_training(self._expanded(graph))

    def _touches_training(self, new: Expanded) -> bool:
        return training_part(self.expanded, self.catalogue) != training_part(new, self.catalogue)

    def _install(self) -> None:
        lives: dict[str, LiveNode] = {}
        trained = {*self.trained}
        unusable = self._unusable()
        for name, place in self.graph.nodes.items():
            if place.twin or name in unusable:
                continue
            try:
                lives[name] = self._kept(name) or self._made(name)
            except Exception as error:  # out of memory, for example: report it instead of failing
                self._leave_out(name, error)
        former = self.lives | self.aside
        self._put_aside(lives)
        self.lives = lives
        before, self.origins = self.origins, origins(self.expanded)
        self.trained |= hand_over(former, lives, before, self.origins, self.trained | trained)
        self._compile()

    def _put_aside(self, lives: dict[str, LiveNode]) -> None:
        """Keep the trained nodes that are missing in `lives`, and release those that came back."""
        before, aside = self.lives, self.aside
        back = {name for name, live in lives.items() if aside.get(name) is live}
        gone = {name for name in self.trained if lives.get(name) is not before.get(name)}
        self.trained = (self.trained - gone) | back
        self.aside = {name: live for name, live in aside.items() if name not in back}
        self.aside |= {name: before[name] for name in gone & before.keys()}

    def _leave_out(self, name: str, error: Exception) -> None:
        """Report a node that passed the check but cannot be made, and leave it out."""
        self.report.problems.append(failure(name, error))
        owned = [n for n in self.graph.nodes if self.graph.owner(n) == name]
        self.report.broken |= downstream_ids(self.wires, owned)

    def _unusable(self) -> set[str]:
        wrong = [p for p in self.report.problems if p.level == "error" and not p.port]
        return self.report.concerned(self.expanded, wrong) | {
            n for n, p in self.graph.nodes.items() if p.kind not in self.library.kinds
        }

    def _compile(self) -> None:
        owners = {n: self.graph.owner(n) for n in self.graph.nodes}
        nodes = {n: self.lives[o].node for n, o in owners.items() if o in self.lives}
        before = self.program
        models = Models(self.expanded.models, self.library.roles, models_in(before.calls))
        self.program = compile_graph(
            self.graph,
            self.wires,
            nodes,
            seed=self.seed,
            without=self.report.broken,
            models=models,
        )
        for name, model in models_in(self.program.calls).items():
            model.device = self.device
            model.stand(self.report.shapes.get(name))
        self.program.on_frame, self.program.on_layer = before.on_frame, before.on_layer
        self.program.sharing.adopt(before.sharing)
        self.program.check_finite = self.device.type == "cpu"
        for drive in self.program.drives:
            self.lives[self.graph.owner(drive.call.name)].driven = True
        self._set_step()
        signs = self.signs()
        for info in self.report.infos:
            info.sign = signs.get(info.node, info.sign)

    def signs(self) -> dict[str, Part]:
        """Return what the nodes whose parameters wires set sum themselves up as at this step."""
        return {drive.call.name: drive.call.node.sign() for drive in self.program.drives}

    def _signature(self, name: str) -> Signature:
        place = self.graph.nodes[name]
        return signature_of(self.library.kinds[place.kind], place, self.report.shapes.get(name))

    def _kept(self, name: str) -> LiveNode | None:
        """Return the existing or set-aside node of this id where its signature fits, or None.

        Its live parameters are set. Nodes set aside hold trained weights, so they come first.
        """
        signature = self._signature(name)
        known = [live for held in (self.aside, self.lives) if (live := held.get(name))]
        live = next((live for live in known if live.signature == signature), None)
        if live is None:
            return None
        if live.node.home != self.ground.home and live.node.outside():
            return None  # its relative path now means another file
        live.node.home = self.ground.home
        live.set(self.graph.nodes[name])
        return live

    def _made(self, name: str) -> LiveNode:
        node = new_node(self.library, self.graph, name, self.ground.home)
        node.run_seed = mix(self.seed, name)
        live = LiveNode(node, self._signature(name))
        self._build(name, live)
        return live

    def _build(self, name: str, live: LiveNode) -> None:
        shapes = self.report.shapes.get(name)
        live.node.device = self.device
        if live.node.has_weights() and shapes is not None:
            with own_randomness(mix(self.seed, name, "weights")):
                live.node.build_for(shapes)
        live.node.move(self.device)

    def refuse_faults(self) -> None:
        """Raise `GraphRefused` for the first problem that concerns a trainer.

        Without trainers every node that is on counts. Raise it also where nothing can run.
        """
        on = [n for n, p in self.graph.nodes.items() if p.mode == "on"]
        trainers = [n for n in on if self.catalogue.role(self.graph.nodes[n]) == "trainer"]
        needed = self._owned(self.links.upstream(trainers or on))
        for problem in self.report.problems:
            concerned = self.report.concerned(self.expanded, [problem])
            if problem.level == "error" and (concerned & needed or not problem.node):
                raise GraphRefused(problem.sentence, problem.hint, place=problem.node)
        if not self.program.of_role("trainer", "view", "metric"):
            raise GraphRefused(
                "There is nothing to run: no trainer, no view and no metric.",
                "Add a trainer to train a model, or a view to look at what a node gives.",
            )

    def _owned(self, names: Iterable[str]) -> set[str]:
        """Return these ids and those of the nodes that own the weights of twins among them."""
        return {n for name in names for n in (name, self.graph.owner(name))}

    def note_training(self, trainer: str) -> None:
        """Mark the weights of a trainer's models as trained."""
        self.trained |= self._stage(trainer)
        self.aside.clear()

    def begin(self, *, fresh: bool) -> None:
        """Prepare a run: restart the stages that are not done, or all stages where all are done."""
        for name in self._to_restart(fresh=fresh):
            self._restart_stage(name)
        self.shown.clear()
        torch.manual_seed(mix(self.seed, "training"))
        self.step = self.frames = 0
        self._compile()
        self.program.sharing.forget()

    def _to_restart(self, *, fresh: bool) -> list[str]:
        """Return the trainers that a run starts anew."""
        names = self.program.of_role("trainer")
        trainers = {name: self.program.calls[name].node for name in names}
        done = {n for n, t in trainers.items() if 0 < t.step >= t.total()}  # type: ignore[operator]
        return [n for n in names if fresh or len(done) == len(names) or n not in done]

    def replaces(self) -> bool:
        """Return whether a run would replace trained weights by new ones."""
        return any(self._stage(name) & self.trained for name in self._to_restart(fresh=False))

    def _restart_stage(self, trainer: str) -> None:
        """Draw the weights of a stage anew and rewind its sources."""
        stage = self._stage(trainer)
        sources = {n for n in self.links.upstream(stage) if self._drawn(n)}
        for name in {self.graph.owner(n) for n in stage | sources}:
            self._freshen(name)

    def _stage(self, trainer: str) -> set[str]:
        """Return the ids (of owners) of a trainer, its optimisers and the models they train."""
        optimizers = {w.source for w in self._into({trainer}, "optimizers")}
        names = {trainer} | optimizers
        for wire in self._into(optimizers, "models"):
            chained = wire.output != MODEL  # a flow consists of all its layers
            drawn = self.expanded.models.get(wire.source)
            own = drawn.leaves if drawn else [wire.source]
            names |= self.links.upstream([wire.source]) if chained else {*own}
        return {self.graph.owner(n) for n in names} - self.expanded.models.keys()

    def _into(self, targets: set[str], port: str) -> list[Wire]:
        wires = (w for name in sorted(targets) for w in self.links.into.get(name, ()))
        return [w for w in wires if w.input == port]

    def _drawn(self, name: str) -> bool:
        live = self.lives.get(self.graph.owner(name))
        return live is not None and live.node.drawn

    def _freshen(self, name: str) -> None:
        live = self.lives[name]
        if live.node.has_weights():
            self.lives[name] = self._made(name)
        else:
            live.node.run_seed = mix(self.seed, name)
            live.node.restart()
        self.trained.discard(name)

    def state(self) -> dict[str, Tensor]:
        """Return all that a run needs to continue bit for bit, as `node_id/key`."""
        return state_of({name: live.node for name, live in self.lives.items()}, self.device)

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Load a saved state; raise `CheckpointRefused` where it belongs to another graph."""
        self.program.sharing.forget()
        nodes = {name: live.node for name, live in self.lives.items()}
        load(nodes, with_origins(state, nodes, self.origins), self.device)
        trainers = [self.program.calls[n].node for n in self.program.of_role("trainer")]
        self.step = sum(t.step for t in trainers)  # type: ignore[misc]
        self._set_step()
        self.trained |= {n for n, live in self.lives.items() if live.node.has_weights()}
        self.aside.clear()

    def restore(self, state: dict[str, Tensor]) -> None:
        """Load a saved state while nothing runs; if it does not fit, raise and change nothing."""
        before = {key: value.clone() for key, value in self.state().items()}
        trained = set(self.trained)
        try:
            self.load_state(state)
        except CheckpointRefused:
            self.load_state(before)
            self.trained = trained
            raise
        self.shown.clear()
