"""The scopes of a Python file, and which names each binds.

Source: https://docs.python.org/3/reference/executionmodel.html#naming-and-binding.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from triage.collectors.engine_config.declaration import Unread


@dataclass(frozen=True, slots=True)
class Import:
    """A name bound by an import statement."""

    path: str


Binding: TypeAlias = "ast.expr | Import | Scope | Unread"
"""What binds a name: the value assigned to it, an import, a class, or why it has no one value."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True, eq=False)
class Scope:
    """A module, a class or a function, and the names bound in it."""

    name: str
    """The dotted name inside the file; empty for the file itself."""
    node: ast.AST
    parent: "Scope | None" = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    outer_names: dict[str, "Scope"] = field(default_factory=dict)
    """Names that ``global`` gives to the module."""

    @property
    def function(self) -> str | None:
        """The function this scope is; None for a module or a class."""
        return self.name if isinstance(self.node, Function | ast.Lambda) else None

    def bind(self, name: str, binding: Binding) -> None:
        """Note that the name is bound here."""
        self.outer_names.get(name, self).bindings.setdefault(name, []).append(binding)

    def lookup(self, name: str) -> "tuple[Scope, list[Binding]] | None":
        """The scope that binds the name, as seen from this one, and what binds it."""
        for scope in self._visible():
            if name in scope.bindings:
                return scope, scope.bindings[name]
        return None

    def _visible(self) -> Iterator["Scope"]:
        yield self
        scope = self.parent
        while scope is not None:
            if not isinstance(scope.node, ast.ClassDef):
                yield scope
            scope = scope.parent


@dataclass(slots=True)
class Scopes:
    """A parsed file: its scopes, and where its nodes stand."""

    module: Scope
    classes: list[Scope] = field(default_factory=list)
    scope_of: dict[ast.AST, Scope] = field(default_factory=dict)
    parent_of: dict[ast.AST, ast.AST] = field(default_factory=dict)
    read_names: set[str] = field(default_factory=set)
    """Names and attributes that the file itself uses somewhere."""
