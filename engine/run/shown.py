"""Which views and metrics of a session show its present state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

if TYPE_CHECKING:
    from engine.run.session import Session


class Shown:
    """What each view of a session has shown last: at which step, of which wires and parameters."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._keys: dict[str, Any] = {}

    def outdated(self) -> list[str]:
        """Return the out-of-date views and metrics that depend on no untrained weights."""
        names = self._session.program.of_role("view", "metric")
        return [n for n in names if self.can_be(n) and not self.is_now(n)]

    def is_now(self, name: str) -> bool:
        """Return whether a view shows the present state."""
        return self._keys.get(name) == self._key(name)

    def note(self, name: str) -> None:
        """Note that a view shows the present state."""
        if name in self._session.program.calls:
            self._keys[name] = self._key(name)

    def can_be(self, name: str) -> bool:
        """Return whether a view depends on no untrained weights."""
        lives, trained = self._session.lives, self._session.trained
        known = {id(lives[n].node) for n in trained if n in lives}
        closure = self._session.program.closure(name)
        return all(not n.has_weights() or n.pretrained or id(n) in known for n in closure)

    def clear(self) -> None:
        """Forget what was shown."""
        self._keys.clear()

    def _key(self, name: str) -> Any:
        session = self._session
        nodes = [(ref(n), repr(n.param_values())) for n in session.program.closure(name)]
        before = sorted(session.links.upstream([name]))
        return session.step, [w for n in before for w in session.links.into.get(n, ())], nodes
