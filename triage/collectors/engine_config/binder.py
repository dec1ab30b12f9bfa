"""Who binds which name where in a Python file.

A name stands for a value only if exactly one plain assignment binds it, in the scope Python itself
would look in, and nothing changes the value later. Everything else is kept with its reason.

Source: https://docs.python.org/3/reference/executionmodel.html#naming-and-binding.
"""

import ast
from collections.abc import Iterator

from triage.collectors.engine_config.declaration import Unread
from triage.collectors.engine_config.scopes import Function, Import, Scope, Scopes

_CHANGING_METHODS = frozenset({"clear", "pop", "popitem", "setdefault", "update", "__setitem__"})


def scopes_of(tree: ast.Module) -> Scopes:
    """Find the scopes of a file."""
    scopes = Scopes(Scope("", tree))
    _Binder(scopes).visit(tree)
    return scopes


class _Binder(ast.NodeVisitor):
    """Walks over a file once and notes every binding in its scope."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._scope = scopes.module
        self._changed: list[tuple[Scope, str]] = []
        self._changed_attributes: set[str] = set()

    def visit(self, node: ast.AST) -> None:
        self._scopes.scope_of[node] = self._scope
        for child in ast.iter_child_nodes(node):
            self._scopes.parent_of[child] = node
        super().visit(node)

    def visit_Module(self, node: ast.Module) -> None:
        self.generic_visit(node)
        for scope, name in self._changed:
            if found := scope.lookup(name):
                found[1].append(Unread(f"{name}, which is changed after it is assigned"))
        for scope in self._scopes.classes:
            for name in self._changed_attributes & scope.bindings.keys():
                scope.bind(name, Unread(f"{name}, which is changed outside its class"))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            self._scope.bind(alias.asname or first, Import(alias.name if alias.asname else first))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            self._scope.bind(alias.asname or alias.name, Import(f"{module}.{alias.name}"))

    def visit_Global(self, node: ast.Global) -> None:
        self._scope.outer_names.update(dict.fromkeys(node.names, self._scopes.module))

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value)
        self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assign(node.target, node.value)
            self.visit(node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._assign(node.target, node.value)
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._note_change(node.target)
        self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._note_change(node.value)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING_METHODS:
            self._note_change(node.func.value)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._scopes.read_names.add(node.id)
        else:
            self._scope.bind(node.id, Unread(f"{node.id}, which takes its value in a loop or by unpacking"))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            self._scopes.read_names.add(node.attr)
        else:
            self._changed_attributes.add(node.attr)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        inner = self._enter(node, node.name, node.body)
        self._scope.bind(node.name, inner)
        self._scopes.classes.append(inner)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._enter(node, "<lambda>", [node.body])

    def _function(self, node: Function) -> None:
        self._scope.bind(node.name, Unread(f"{node.name}, a function"))
        for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(part)
        self._enter(node, node.name, node.body)

    def _enter(
        self, node: Function | ast.Lambda | ast.ClassDef, name: str, body: list[ast.stmt] | list[ast.expr]
    ) -> Scope:
        outer = self._scope
        self._scope = inner = Scope(f"{outer.name}.{name}" if outer.name else name, node, outer)
        if not isinstance(node, ast.ClassDef):
            for parameter, reason in _parameters(node.args, inner.name):
                inner.bind(parameter, Unread(reason))
        for part in body:
            self.visit(part)
        self._scope = outer
        return inner

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._scope.bind(target.id, value)
        else:
            self.visit(target)

    def _note_change(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._changed.append((self._scope, target.id))
        elif isinstance(target, ast.Attribute):
            self._changed_attributes.add(target.attr)
            self.visit(target)
        else:
            self.visit(target)


def _parameters(arguments: ast.arguments, function: str) -> Iterator[tuple[str, str]]:
    """Each parameter, and why its value is not known."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults
    for parameter, default in zip(
        (*positional, *arguments.kwonlyargs), (*defaults, *arguments.kw_defaults), strict=True
    ):
        reason = f"{parameter.arg}, a parameter of {function}()"
        known = isinstance(default, ast.Constant) and not isinstance(default.value, str)
        yield parameter.arg, f"{reason}, {ast.unparse(default)} by default" if default and known else reason
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            yield rest.arg, f"{rest.arg}, what {function}() is called with"
