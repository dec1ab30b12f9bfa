"""The words of SQL that are keywords wherever they stand bare.

A column may well be called ``key``, ``level`` or ``first``, so a word is in ``KEYWORDS`` only if PostgreSQL or
MySQL reserves it, or if nobody would name a column so. Words that are keywords only after a certain other
keyword (``SKIP LOCKED``) are in ``AFTER``.

https://www.postgresql.org/docs/current/sql-keywords-appendix.html
https://dev.mysql.com/doc/refman/8.4/en/keywords.html
"""

KEYWORDS = frozenset(
    """
    ALL AND ANY ARRAY AS ASC BETWEEN BY CASE CAST COLLATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DEFAULT
    DELETE DESC DISTINCT DISTINCTROW DIV DO ELSE END ESCAPE EXCEPT EXISTS FALSE FETCH FOR FROM FULL GROUP HAVING ILIKE
    IN INNER INSERT INTERSECT INTERVAL INTO IS ISNULL JOIN LATERAL LEFT LIKE LIMIT NATURAL NOT NOTNULL NOWAIT NULL
    NULLS OFFSET ON ONLY OR ORDER OUTER OVER PARTITION RECURSIVE REGEXP RETURNING RIGHT RLIKE ROW SELECT SET SIMILAR
    SOME STRAIGHT_JOIN TABLE THEN TO TRUE UNION UPDATE USING VALUES WHEN WHERE WINDOW WITH XOR
    """.split()
)

AFTER = {
    "CONFLICT": frozenset({"ON"}),
    "DUPLICATE": frozenset({"ON"}),
    "FIRST": frozenset({"FETCH", "NULLS"}),
    "KEY": frozenset({"DUPLICATE", "FOR", "FOREIGN", "NO", "PRIMARY"}),
    "LAST": frozenset({"NULLS"}),
    "LOCKED": frozenset({"SKIP"}),
    "NEXT": frozenset({"FETCH"}),
    "NO": frozenset({"FOR"}),
    "NOTHING": frozenset({"DO"}),
    "PREPARED": frozenset({"COMMIT", "ROLLBACK"}),
    "SAVEPOINT": frozenset({"RELEASE", "TO"}),
    "SHARE": frozenset({"FOR", "KEY"}),
    "SKIP": frozenset({"SHARE", "UPDATE"}),
    "TRANSACTION": frozenset({"BEGIN", "PREPARE", "SET", "START"}),
    "WORK": frozenset({"BEGIN", "COMMIT", "ROLLBACK"}),
}
"""A word that is a keyword only right after one of these keywords."""

OPERAND_WORDS = frozenset(
    "ASC CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DEFAULT DESC END FALSE ISNULL NOTNULL NOWAIT NULL TRUE".split()
)
"""Keywords that end an operand, so that an operator may follow: ``NULL - 1``, but ``WHERE -1``."""


def folded(word: str) -> str:
    """Return the word in upper case as servers fold it: ASCII only, so that ``ı`` never becomes ``I``."""
    return word.upper() if word.isascii() else word
