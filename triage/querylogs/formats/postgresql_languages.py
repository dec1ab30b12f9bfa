"""PostgreSQL's levels, and its messages in the languages of a server whose ``lc_messages`` is not English.

The words are those of the server's own catalogues, for German, Spanish, French, Italian and Swedish: all levels, and
how a message begins that tells of a statement or of a session. A record in another language yet is unparsed, or one
that says nothing.

https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-SEVERITY-LEVELS
https://www.postgresql.org/docs/current/locale.html
"""

import re

_PRIMARY = {
    "LOG": "LOGG",
    "ERROR": "FEHLER ERREUR ERRORE FEL",
    "FATAL": "FATALE FATALT",
    "PANIC": "PANIK PANICO",
    "WARNING": "WARNUNG ATTENTION ATTENZIONE VARNING",
    "NOTICE": "HINWEIS NOTIFICA NOTIS",
    "INFO": "",
    "DEBUG[1-5]?": "",
}
_ATTACHED = {
    "DETAIL": "DÉTAIL D?TAIL DETALLE DETTAGLI DETALJ",
    "STATEMENT": "ANWEISUNG INSTRUCTION SENTENCIA ISTRUZIONE SATS",
    "CONTEXT": "ZUSAMMENHANG CONTEXTE CONTEXTO CONTESTO KONTEXT",
    "HINT": "TIPP ASTUCE SUGGERIMENTO TIPS",
    "QUERY": "ANFRAGE REQUÊTE CONSULTA FRÅGA",
    "LOCATION": "ORT EMPLACEMENT UBICACIÓN POSIZIONE PLATS",
    "BACKTRACE": "",
}


def _any(words: dict[str, str]) -> bytes:
    return "|".join([*words, *map(re.escape, " ".join(words.values()).split())]).encode()


PRIMARY = _any(_PRIMARY)
"""The levels that begin a record."""
ATTACHED = rb"(?:%b) ?" % _any(_ATTACHED)
"""What else a record has, on lines of their own; the French put a blank before a colon."""

_ENGLISH = {
    foreign.encode(): english.encode()
    for words in (_PRIMARY, _ATTACHED)
    for english, others in words.items()
    for foreign in others.split()
}


def _pattern(words: str) -> re.Pattern[bytes]:
    """Return the words as a pattern; in a log that is not in UTF-8 an ``é`` is one byte, or a question mark."""
    return re.compile("".join(each if each.isascii() else r"[^\n]{1,2}" for each in words).encode())


_DURATION = _pattern(r"(?:Dauer|durée|duración|durata|varaktighet) ?:? ([0-9.]{1,20}) ms(?:  |, )?")
_BEGINNINGS = tuple(
    (_pattern(foreign), english)
    for foreign, english in (
        (r"(?:Anweisung|instruction|sentencia|istruzione|sats) ?: ", b"statement: "),
        (r"(?:Ausführen Fetch von|exécute fetch à partir de|ejecutar fetch desde) ", b"execute fetch from "),
        (r"(?:esecuzione di fetch da|kör hämtning från) ", b"execute fetch from "),
        (r"(?:Ausführen|exécute|ejecutar|esecuzione di|kör) ([^:\n]{1,200}?) ?: ", b"execute %b: "),
        (r"(?:Parameter|[Pp]aramètres|[Pp]arámetros|[Pp]arametri|[Pp]arametrar) ?: ", b"parameters: "),
        (r"(?:Verbindung autorisiert|connexion autorisée|conexión autorizada) ?: ", b"connection authorized: "),
        (r"(?:connessione autorizzata|anslutning auktoriserad): ", b"connection authorized: "),
        (r"(?:Verbindungsende|déconnexion|desconexión|disconnessione|nedkoppling) ?: ", b"disconnection: "),
    )
)


def level(word: bytes) -> bytes:
    """Return a level in English; itself if it is."""
    word = word.rstrip(b" ")
    return _ENGLISH.get(word, word)


def english(text: bytes) -> bytes:
    """Return the message with an English beginning; itself if it has none that is known."""
    if found := _DURATION.match(text):
        rest = english(text[found.end() :]) if found.end() < len(text) else b""
        return b"duration: %b ms%b%b" % (found[1], b"  " if rest else b"", rest)
    for foreign, beginning in _BEGINNINGS:
        if found := foreign.match(text):
            return (beginning % found.groups()) + text[found.end() :]
    return text
