"""Configurations that stand side by side for one app, of which only one is ever in use.

``development``, ``test`` and ``production`` in a file are alternatives: adding their pools up would
find a load that no server ever sees. Where one of them is production, that one is read.
"""

import re
from collections.abc import Sequence

from triage.collectors.engine_config.declaration import Declaration
from triage.evidence import Gap

_ENVIRONMENT = re.compile(
    r"(?:(?P<production>prod|production|live)|base|ci|common|defaults?|dev|development|local|qa|sandbox"
    r"|shared|stage|staging|tests?|testing)(?:_?(?:config|settings))?",
    re.IGNORECASE,
)


def in_use(declarations: Sequence[Declaration], source: str) -> tuple[list[Declaration], list[Gap]]:
    """Leave out the engines of other environments than production."""
    environments = [_environment(declaration.path) for declaration in declarations]
    names = sorted({match.string for match in environments if match})
    others = sorted({match.string for match in environments if match and not match["production"]})
    if len(names) < 2 or not others:
        return list(declarations), []
    hint = "name the attribute of the running app: --engine package.module:attribute"
    if names == others:
        reason = f"{_listed(names)} look like configurations of one app, of which one is in use: all were read"
        return list(declarations), [Gap(source=source, reason=reason, hint=hint)]
    kept = [
        declaration
        for declaration, match in zip(declarations, environments, strict=True)
        if match is None or match["production"]
    ]
    read = sorted(set(names) - set(others))
    reason = f"{_listed(others)} {'was' if len(others) == 1 else 'were'} left out, for one configuration is in use: "
    reason += f"{_listed(read)} was read"
    return kept, [Gap(source=source, reason=reason, hint=hint)]


def _environment(path: tuple[str, ...]) -> re.Match[str] | None:
    return next((match for name in path if (match := _ENVIRONMENT.fullmatch(name))), None)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
