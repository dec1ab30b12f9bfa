r"""The cheap key: a statement's bytes without its literals, so that the exact lexer sees each kind of statement once.

The key is lexically safe without knowing the dialect: two statements with one key have one fingerprint. It may
tell statements apart that have one fingerprint; that costs a run of the exact lexer, no more. So only what both
dialects read alike is replaced: plain numbers and strings, and what stands in a plain ``/* … */``. From the first
place on where they might differ (``\'``, ``$tag$``, ``#``, ``--`` without a space, nested comments) the
statement is kept as it is.

One pattern cuts the statement into pieces to keep, and nothing in between is ever turned into Python objects.
"""

import re
from functools import cache

from triage.sql.cut import CUT_MARK, SHORTEST_CUT


def cheap_key(sql: bytes) -> bytes:
    """Return a key that is the same for statements that differ in plain literals only."""
    # NUL stands for a literal, and no key starts with two: no statement starts with two literals.
    if 0 in sql or (len(sql) >= SHORTEST_CUT and _CUT_MARK in sql):
        return b"\0\0" + sql
    return b"\0".join(_pattern().findall(sql)) or sql


_CUT_MARK = CUT_MARK.encode()

# A string that ends at the same place whether a backslash escapes or not, or never ends.
_STRING = rb"'[^'\\]*+(?:(?:''|\\[^'])[^'\\]*+)*+(?:'|\Z)"
_NUMBER = rb"[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
# What makes digits part of something else when it touches them.
_BEFORE = rb"""(?<![\w$@.:&'"`\x80-\xff])"""
_AFTER = rb"""(?![\w$.'"`\x80-\xff])"""
_COMMENT = rb"(?!M?!)[^*/]*+(?:(?:\*(?!/)|/(?!\*))[^*/]*+)*+\*/"

# A list of any length is one piece where it certainly is a list.
_ITEM = rb"(?:%b|%b|(?:\$[0-9]++|%%\(\w++\)s|%%s|\?)(?:::[A-Za-z]++)?)" % (_NUMBER, _STRING)
_ITEMS = rb"%b(?:, ?%b)*+" % (_ITEM, _ITEM)
_LIST = rb"""(?:(?<=[\w"`)] IN \()%b(?=\))|(?:(?<=[(=,]ARRAY\[)|(?<=[=,] ARRAY\[))%b(?=\]))""" % (_ITEMS, _ITEMS)

_KEPT = (
    rb"""[^'"`0-9/\-#$%%]++"""
    rb"""|(?<=[\w$@.:&'"`\x80-\xff])[0-9]++(?:[eE][+-][0-9]++)?+"""
    rb"""|(?<! IN \()(?:\$(?=[0-9])|%%)|-(?!-)|/(?!\*)"""
    rb"""|"[^"\\]*+"|`[^`'"\\/#$-]*+(?:-(?!-)[^`'"\\/#$-]*+)*+`"""
    rb"""|--(?=[ \t\n])[^\r\n]*+(?=\n|\Z)"""
    rb"""|%b(?=[\w$.'"`\x80-\xff])"""
) % _NUMBER


@cache
def _pattern() -> re.Pattern[bytes]:
    pieces = (_LIST, _STRING, _BEFORE, _NUMBER, _AFTER, _COMMENT, _KEPT, _COMMENT, _COMMENT)
    return re.compile(rb"%b|%b|%b%b%b|(?<=/\*)%b|((?:%b)++(?:/\*(?=%b))?+|/\*(?=%b)|(?s:.++))" % pieces)
