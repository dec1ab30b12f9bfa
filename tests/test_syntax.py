"""Python's parser, for several threads at once."""

import ast
from concurrent.futures import ThreadPoolExecutor

import pytest

from triage import syntax

NESTED = "value = " + "[" * 40 + "]" * 40 + "\n"


def test_what_is_no_python_is_an_error_at_once() -> None:
    with pytest.raises(SyntaxError):
        syntax.parsed("value = [")
    with pytest.raises(ValueError, match="malformed"):
        syntax.literal("datetime.now()")


def test_a_parser_that_was_disturbed_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [SystemError("AST constructor recursion depth mismatch"), ast.parse("1"), None]

    def parse(_: str) -> object:
        answer = answers.pop(0)
        if isinstance(answer, SystemError):
            raise answer
        return answer

    monkeypatch.setattr(ast, "parse", parse)
    assert isinstance(syntax.parsed("1"), ast.Module)
    assert answers == [None]


def test_one_that_is_disturbed_each_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(_: str) -> object:
        raise SystemError("AST constructor recursion depth mismatch")

    monkeypatch.setattr(ast, "parse", parse)
    with pytest.raises(SystemError):
        syntax.parsed("1")


def test_many_threads_parse_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(syntax.parsed, [NESTED * 30] * 200))
    assert all(len(each.body) == 30 for each in read)
