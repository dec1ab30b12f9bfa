"""How much of the room for connections is held by sessions that are idle in transaction."""

from dataclasses import dataclass
from datetime import timedelta

from triage.detectors.scope import engines_of, of_app, pool_room, processes_known, server_limit
from triage.evidence import Evidence

SMALL = 4
"""Below this many connections a pool is small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many connections the app's pools, or the server, have."""

    name: str
    """pool or server."""
    room: int
    certain: bool
    """Whether the size is known, and not assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRoom(Room):
    """A room, and how many of its connections are held."""

    held: int

    @property
    def share(self) -> float:
        """The part of the room that is held."""
        return self.held / self.room


def pool_connections(evidence: Evidence) -> Room | None:
    """How many connections all pools of the app have together; None where that is unknown or unlimited."""
    room = pool_room(evidence)
    if not room:
        return None
    known = processes_known(engines_of(evidence))
    # Where nobody said how many processes there are, the sessions tell: 60 do not come from a pool of 15.
    processes = 1 if known else max(round(len(of_app(evidence)) / room), 1)
    return Room(name="pool", room=room * processes, certain=known)


def fullest(evidence: Evidence, held_after: timedelta, small_after: timedelta) -> HeldRoom | None:
    """The room that is filled most by sessions idle in transaction for ``held_after`` or longer.

    A pool of one or two connections is filled by a single pause, so there it takes ``small_after``.
    """
    rooms = [pool_connections(evidence)]
    server = server_limit(evidence)
    if server and server.available:
        rooms.append(Room(name="server", room=server.available, certain=True))

    def held(room: Room) -> int:
        idle = small_after if room.room < SMALL else held_after
        return sum(s.state.is_idle_in_transaction and (s.state_for or timedelta()) >= idle for s in of_app(evidence))

    filled = (HeldRoom(name=r.name, room=r.room, certain=r.certain, held=held(r)) for r in rooms if r)
    return max(filled, key=lambda room: room.share, default=None)
