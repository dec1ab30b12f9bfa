"""What a statement does, from its first words."""

from enum import StrEnum

from triage.sql.items import Item, Part


class Verb(StrEnum):
    """What a statement does."""

    SELECT = "select"
    INSERT = "insert"
    """Also MySQL's REPLACE."""
    UPDATE = "update"
    DELETE = "delete"
    MERGE = "merge"
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    SAVEPOINT = "savepoint"
    RELEASE = "release"
    ROLLBACK_TO = "rollback-to"
    PREPARE_TRANSACTION = "prepare-transaction"
    COMMIT_PREPARED = "commit-prepared"
    ROLLBACK_PREPARED = "rollback-prepared"
    DECLARE = "declare"
    """A server-side cursor; its table and keys are those of its query."""
    FETCH = "fetch"
    CLOSE = "close"
    SET = "set"
    SHOW = "show"
    COPY = "copy"
    LOCK = "lock"
    CALL = "call"
    EXPLAIN = "explain"
    DDL = "ddl"
    OTHER = "other"


_FIRST_WORDS = {
    "REPLACE": Verb.INSERT,
    "VALUES": Verb.SELECT,
    "TABLE": Verb.SELECT,
    "END": Verb.COMMIT,
    "ABORT": Verb.ROLLBACK,
    "MOVE": Verb.FETCH,
    "RESET": Verb.SET,
    "USE": Verb.SET,
    "DESCRIBE": Verb.EXPLAIN,
    "DESC": Verb.EXPLAIN,
    "DO": Verb.CALL,
    **dict.fromkeys(["CREATE", "ALTER", "DROP", "TRUNCATE", "COMMENT", "GRANT", "REVOKE", "RENAME"], Verb.DDL),
}
_OF_TWO_WORDS = {
    ("START", "TRANSACTION"): Verb.BEGIN,
    ("PREPARE", "TRANSACTION"): Verb.PREPARE_TRANSACTION,
    ("COMMIT", "PREPARED"): Verb.COMMIT_PREPARED,
    ("ROLLBACK", "PREPARED"): Verb.ROLLBACK_PREPARED,
    ("ROLLBACK", "TO"): Verb.ROLLBACK_TO,
    ("ROLLBACK", "WORK"): Verb.ROLLBACK,
    ("BEGIN", "NOT"): Verb.OTHER,  # BEGIN NOT ATOMIC: MariaDB's compound statement
}
_AFTER_WITH = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})


def verb_of(read: list[Item], close: dict[int, int]) -> Verb:
    """Return the verb of a statement; of WITH, that of the statement behind the common table expressions."""
    index = 0
    while index < len(read) and read[index].text == "(":
        index += 1
    words = [item.text.upper() for item in read[index : index + 3]]
    if not words or (index == 0 and read[0].part is not Part.KEYWORD):
        return Verb.OTHER
    if words[0] == "WITH":
        return _verb_after_with(read, index, close)
    if words[:2] == ["ROLLBACK", "WORK"] and words[2:] == ["TO"]:
        return Verb.ROLLBACK_TO
    if verb := _OF_TWO_WORDS.get((words[0], words[1] if len(words) > 1 else "")) or _FIRST_WORDS.get(words[0]):
        return verb
    word = words[0].lower()
    return Verb(word) if word in Verb._value2member_map_ else Verb.OTHER


def _verb_after_with(read: list[Item], index: int, close: dict[int, int]) -> Verb:
    while index < len(read):
        item = read[index]
        if item.part is Part.KEYWORD and item.text in _AFTER_WITH:
            return Verb(item.text.lower())
        if item.text.upper() == "MERGE" and read[index - 1].text == ")":
            return Verb.MERGE
        index = close.get(index, index) + 1
    return Verb.SELECT
