"""Why an expression in a Python file has no value, in a few words that hold no secret."""

import ast
import re

from triage.collectors.engine_config.names import path_of
from triage.collectors.engine_config.scopes import Scope

_READS_ENVIRONMENT = frozenset({"os.environ.get", "os.getenv", "os.environ.setdefault", "os.environ.pop"})
_PLAIN = re.compile(r"[\w .+-]{1,30}")
_WORKED_OUT = "worked out when the app runs"


def reason_for(node: ast.AST, scope: Scope) -> str:
    """What the expression is instead of a value, to be read after "is"."""
    for part in ast.walk(node):
        if variable := _environment_variable(part, scope):
            return f"set from {variable}{_default(part) if part is node else ''}"
    return _described(node)


def _environment_variable(node: ast.AST, scope: Scope) -> str | None:
    """The environment variable an expression reads, if it does."""
    match node:
        case ast.Subscript(value=mapping, slice=name) if path_of(mapping, scope) == "os.environ":
            return _variable(name)
        case ast.Call(func=function, args=[name, *_]) if path_of(function, scope) in _READS_ENVIRONMENT:
            return _variable(name)
    return None


def _variable(name: ast.expr) -> str:
    match name:
        case ast.Constant(value=str(text)):
            return f"the environment variable {text}"
    return "the environment"


def _default(node: ast.AST) -> str:
    """The default of a variable; only of an option that is that variable and no more, for it might be a secret."""
    if not isinstance(node, ast.Call):
        return ""
    for default in (*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "default")):
        value = default.value if isinstance(default, ast.Constant) else None
        if isinstance(value, str | int | float) and _PLAIN.fullmatch(str(value)):
            return f", its default in the file is {value}"
    return ""


def _described(node: ast.AST) -> str:
    """A few words for an expression; its text only where it is a name, which holds no secret."""
    if isinstance(node, ast.Name | ast.Attribute):
        text = ast.unparse(node)
        return text if text.replace(".", "").replace("_", "").isalnum() else _WORKED_OUT
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        return f"what {_described(node.func)}() returns"
    return _WORKED_OUT
