"""How much of the room for connections is held by sessions that are idle in transaction."""

from dataclasses import dataclass
from datetime import timedelta

from triage.detectors.scope import engines_of, of_app, pool_room, processes_known, server_limit
from triage.evidence import Evidence, SessionState

HELD_STATES = frozenset({SessionState.IDLE_IN_TRANSACTION, SessionState.IDLE_IN_TRANSACTION_ABORTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRoom:
    """The app's pools, or the server, and how many of their connections are held."""

    name: str
    """pool or server."""
    held: int
    room: int
    certain: bool
    """Whether the size of the room is known, and not assumed."""

    @property
    def share(self) -> float:
        """The part of the room that is held."""
        return self.held / self.room


def fullest(evidence: Evidence, held_after: timedelta) -> HeldRoom | None:
    """The room that is filled most by sessions idle in transaction for ``held_after`` or longer."""
    app = of_app(evidence)
    held = sum(s.state in HELD_STATES and (s.state_for or timedelta()) >= held_after for s in app)
    rooms = []
    pool = pool_room(evidence)
    if pool:
        known = processes_known(engines_of(evidence))
        # Where nobody said how many processes there are, the sessions tell: 60 do not come from a pool of 15.
        processes = 1 if known else max(round(len(app) / pool), 1)
        rooms.append(HeldRoom(name="pool", held=held, room=pool * processes, certain=known))
    server = server_limit(evidence)
    if server and server.available:
        rooms.append(HeldRoom(name="server", held=held, room=server.available, certain=True))
    return max(rooms, key=lambda room: room.share, default=None)
