"""Texts that look enough like SQL to get far into the code that reads it."""

from hypothesis import strategies as st

from triage.sql.lexer import Dialect

_WORDS = r"""
    SELECT INSERT INTO UPDATE DELETE FROM WHERE AND OR NOT IN IS NULL TRUE LIKE BETWEEN ANY ALL EXISTS CASE WHEN THEN
    END AS ON JOIN LEFT OUTER VALUES ROW SET LIMIT OFFSET FOR UPDATE SKIP LOCKED ORDER BY GROUP DISTINCT UNION ARRAY
    CAST BEGIN COMMIT ROLLBACK TO SAVEPOINT RELEASE DECLARE CURSOR FETCH CLOSE WITH ATOMIC IF LOOP DEFAULT RETURNING
    books authors books_1 t2 id author_id name date interval double precision timestamp without time zone key conflict
    nothing sa_savepoint_3 c_7f3_a1 public Books lıke count max c_1 _utf8mb4 N e E U& @x @@y $ $$ $q$ $1 $2 ? ?| ?& ??
    %s %(a)s %(b :c :1 1 -1 1.5 .5 1e10 0x1F 1_000 1a 'x' '' ' " "" "a" "A b" "in" ` `a` `In` `` \ \' E'\'' E' N'x'
    X'1F' _utf8'x' date'x' -- --x /* */ /*! /*!50001 */ # ; , . .. ... … : :: := ( ) [ ] + - * / < > = ~ ! @ % ^ & |
    != <> <= -> ->> #>> @> <-> @-@ || é
"""
_FRAGMENTS = (
    *_WORDS.split(),
    *(" ", "\n", "\t", "\xa0", "\0", "-- ", "'\n'"),
    *("(NULL) AND (1 != 1)", " IN (", "(1, 2)", "VALUES (1), (2)", "::INTEGER", "{'a'}", "/*a='b'*/"),
)

dialects = st.sampled_from(list(Dialect))
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(_FRAGMENTS), max_size=40).map(" ".join),
    st.lists(st.tuples(st.sampled_from(_FRAGMENTS), st.sampled_from(["", " "])), max_size=40).map(
        lambda pairs: "".join(fragment + space for fragment, space in pairs)
    ),
)
