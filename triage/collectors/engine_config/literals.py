"""What an expression in a Python file comes to, without running it.

Literals, arithmetic with them, and names that stand for them have a value. Whatever the app decides
when it starts has none, above all environment variables: a default written in the file is named in
the reason and never taken for the value.
"""

import ast
import operator
from collections.abc import Callable, Mapping

from triage.collectors.engine_config.constructed import pool, spread, url
from triage.collectors.engine_config.declaration import REST, Reference, Unread
from triage.collectors.engine_config.defaults import POOL_CLASSES
from triage.collectors.engine_config.names import is_of_sqlalchemy, path_of, sqlalchemy_name
from triage.collectors.engine_config.reasons import reason_for
from triage.collectors.engine_config.scopes import Binding, Import, Scope

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_CONVERSIONS: dict[str, Callable[..., object]] = {"bool": bool, "float": float, "int": int, "str": str}
_FARTHEST = 8
"""Names followed one from another, at the most: ``A = B`` and ``B = A`` lead nowhere."""


def value_of(node: ast.expr, scope: Scope) -> object:
    """The value, or :class:`Unread`."""
    return _Evaluation(scope).visit(node)


def value_of_name(name: str, scope: Scope) -> object:
    """The value a name has in a scope, or :class:`Unread`."""
    return _Evaluation(scope).visit(ast.Name(name, ast.Load()))


class _Evaluation(ast.NodeVisitor):
    """Evaluates one expression; each ``visit_…`` returns its value."""

    def __init__(self, scope: Scope, distance: int = 0) -> None:
        self._scope = scope
        self._distance = distance

    def generic_visit(self, node: ast.AST) -> object:
        return self._unread(node)

    def visit_Constant(self, node: ast.Constant) -> object:
        return node.value

    def visit_UnaryOp(self, node: ast.UnaryOp) -> object:
        value = self.visit(node.operand)
        if isinstance(node.op, ast.Not) and isinstance(value, bool):
            return not value
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        return self._unread(node)

    def visit_BinOp(self, node: ast.BinOp) -> object:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, Mapping):
            return spread(left, right)
        if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
            return left + right
        if type(node.op) in _ARITHMETIC and isinstance(left, int | float) and isinstance(right, int | float):
            try:
                return _ARITHMETIC[type(node.op)](left, right)
            except ArithmeticError:
                return self._unread(node)
        return self._unread(node, head=left)

    def visit_IfExp(self, node: ast.IfExp) -> object:
        body, orelse = self.visit(node.body), self.visit(node.orelse)
        return body if body == orelse else self._unread(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> object:
        parts = [self.visit(part) for part in node.values]
        if not any(isinstance(part, Unread) for part in parts):
            return "".join(map(str, parts))
        return self._unread(node, head=parts[0])

    def visit_FormattedValue(self, node: ast.FormattedValue) -> object:
        value = self.visit(node.value)
        return value if isinstance(value, str | int) and node.format_spec is None else self._unread(node)

    def visit_Dict(self, node: ast.Dict) -> object:
        result: dict[str, object] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                result = spread(result, self.visit(value))
            else:
                name = self.visit(key)
                result = spread(result, {name: self.visit(value)} if isinstance(name, str) else self._unread(key))
        return result

    def visit_Name(self, node: ast.Name) -> object:
        found = self._scope.lookup(node.id)
        if found is None:
            return Unread(f"{node.id}, which is not in this file")
        scope, bindings = found
        if len(bindings) > 1 and not all(isinstance(binding, Import) for binding in bindings):
            unread = (binding for binding in reversed(bindings) if isinstance(binding, Unread))
            return next(unread, Unread(f"{node.id}, which is assigned more than once"))
        return self._bound(node, bindings[-1], scope)

    def _bound(self, node: ast.Name, binding: Binding, scope: Scope) -> object:
        match binding:
            case Import(path):
                return Reference(path) if is_of_sqlalchemy(path) else Unread(f"{node.id}, from {path}")
            case Unread():
                return binding
            case ast.expr() if self._distance < _FARTHEST:
                return _Evaluation(scope, self._distance + 1).visit(binding)
        return self._unread(node)

    def visit_Attribute(self, node: ast.Attribute) -> object:
        path = path_of(node, self._scope)
        if path and is_of_sqlalchemy(path):
            return Reference(path)
        found = self._scope.lookup(node.value.id) if isinstance(node.value, ast.Name) else None
        match found:
            case (_, [Scope() as owner]) if node.attr in owner.bindings and self._distance < _FARTHEST:
                return _Evaluation(owner, self._distance + 1).visit(ast.Name(node.attr, ast.Load()))
        return self._unread(node)

    def visit_Call(self, node: ast.Call) -> object:
        path = path_of(node.func, self._scope) or ""
        arguments = [self.visit(argument) for argument in node.args]
        keywords = keywords_of(node, self._scope, self.visit)
        if path == "dict":
            return spread(spread({}, arguments[0]) if arguments else {}, keywords)
        if path in _CONVERSIONS and len(arguments) == 1:
            return self._converted(node, path, arguments[0])
        if sqlalchemy_name(node.func, self._scope) in POOL_CLASSES:
            return pool(path, arguments, keywords)
        if path.endswith("make_url") and arguments:
            return arguments[0]
        if path.endswith(("URL.create", ".URL")):
            return url(arguments, keywords)
        return self._unread(node, head=self.visit(node.func.value) if isinstance(node.func, ast.Attribute) else None)

    def _converted(self, node: ast.Call, name: str, argument: object) -> object:
        if isinstance(argument, Unread):
            return argument
        try:
            return _CONVERSIONS[name](argument)
        except (TypeError, ValueError, OverflowError):
            return self._unread(node)

    def _unread(self, node: ast.AST, head: object = None) -> Unread:
        text = head.head if isinstance(head, Unread) else head if isinstance(head, str) else ""
        return Unread(reason_for(node, self._scope), text)


def keywords_of(node: ast.Call, scope: Scope, visit: Callable[[ast.expr], object] | None = None) -> dict[str, object]:
    """The keyword arguments of a call, those of ``**mapping`` included."""
    evaluate = visit or _Evaluation(scope).visit
    result: dict[str, object] = {}
    for keyword in node.keywords:
        value = evaluate(keyword.value)
        if keyword.arg is not None:
            result[keyword.arg] = value
        elif isinstance(value, Mapping):
            result |= value
        else:
            result[REST] = value if isinstance(value, Unread) else Unread("a value that is no mapping")
    return result
