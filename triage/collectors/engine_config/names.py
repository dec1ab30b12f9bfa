"""What a dotted name in a Python file refers to."""

import ast

from triage.collectors.engine_config.scopes import Import, Scope

_SQLALCHEMY = frozenset({"flask_sqlalchemy", "sqlalchemy", "sqlmodel"})


def path_of(node: ast.expr, scope: Scope) -> str | None:
    """The dotted path an expression imports or names; None if it is anything but a name.

    A name that nothing in the file binds is taken as it stands: ``from sqlalchemy import *`` may
    have brought it.
    """
    if isinstance(node, ast.Attribute):
        base = path_of(node.value, scope)
        return f"{base}.{node.attr}" if base else None
    if not isinstance(node, ast.Name):
        return None
    found = scope.lookup(node.id)
    if found is None:
        return node.id
    return next((binding.path for binding in reversed(found[1]) if isinstance(binding, Import)), None)


def sqlalchemy_name(node: ast.expr, scope: Scope) -> str | None:
    """The name of something of SQLAlchemy's, or of what is built on it; None if it is not."""
    path = path_of(node, scope)
    if path is None:
        return None
    return path.rpartition(".")[2] if is_of_sqlalchemy(path) or "." not in path else None


def is_of_sqlalchemy(path: str) -> bool:
    """Whether a dotted path is of SQLAlchemy, or of what is built on it."""
    return path.partition(".")[0] in _SQLALCHEMY
