"""A blocking chain as a tree: each waiter below the one it waits for."""

from collections.abc import Iterator, Mapping, Sequence

from triage.findings import Finding
from triage.reports.charts import Node, tree
from triage.reports.html.evidence import spoken
from triage.reports.html.pictures import Picture, picture

_MOST_WAITERS = 25
_MOST_PLACED = 200
"""Of more waiters than this nobody looks for the places: the tree shows fewer, and their table has them all."""


def drawn(finding: Finding, name: str) -> Picture | None:
    """The tree of a finding that has a chain; ``name`` begins the ids in it."""
    root, waiters = finding.details.get("root"), finding.details.get("waiters")
    if not isinstance(root, Mapping) or not isinstance(waiters, list) or not waiters:
        return None
    nodes = [Node(label=_root(root), depth=0, look="critical"), *_below(root.get("pid"), waiters[:_MOST_PLACED])]
    nodes = nodes[: _MOST_WAITERS + 1]
    if left_out := len(waiters) - (len(nodes) - 1):
        nodes.append(Node(label=f"and {left_out:,} more", depth=1))
    title = "Who waits for whom"
    return picture(title, tree(name, title, nodes), (), ())


def _root(root: Mapping[str, object]) -> str:
    who = root.get("application_name") or root.get("user") or root.get("prepared_transaction") or ""
    said = [str(root["pid"]) if root.get("pid") else "", str(who), str(root.get("state") or "")]
    return " · ".join(filter(None, said)) or "the root"


def _below(root: object, waiters: Sequence[Mapping[str, object]]) -> Iterator[Node]:
    """The waiters in the order of the tree. One that waits for several stands below the one deepest in the queue."""
    by_pid = {waiter.get("pid"): waiter for waiter in waiters}
    depths: dict[object, int] = {root: 0}
    parents: dict[object, object] = {}
    left = list(by_pid)
    while left:
        ready = [pid for pid in left if all(each in depths or each not in by_pid for each in _waits_for(by_pid[pid]))]
        ready = ready or left  # they wait for each other in a circle: all of them hang on the root
        for pid in ready:
            known = [each for each in _waits_for(by_pid[pid]) if each in depths]
            parents[pid] = max(known, key=depths.__getitem__, default=root)
        depths |= {pid: depths[parents[pid]] + 1 for pid in ready}
        left = [pid for pid in left if pid not in depths]
    children: dict[object, list[object]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    waiting = list(reversed(children.get(root, [])))
    while waiting:
        pid = waiting.pop()
        yield Node(label=_waiter(by_pid[pid]), depth=depths[pid], look="held")
        waiting += reversed(children.get(pid, []))


def _waits_for(waiter: Mapping[str, object]) -> Sequence[object]:
    found = waiter.get("waits_for")
    return found if isinstance(found, list) else []


def _waiter(waiter: Mapping[str, object]) -> str:
    seconds = waiter.get("seconds")
    waited = spoken(seconds) if isinstance(seconds, int | float) else ""
    who = waiter.get("application_name") or waiter.get("user") or ""
    return " · ".join(filter(None, [str(waiter.get("pid")), waited, str(who), str(waiter.get("lock") or "")]))
