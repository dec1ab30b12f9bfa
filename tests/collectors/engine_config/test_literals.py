import pytest

from tests.collectors.engine_config.conftest import IMPORTS, Read, only, reasons

LITERALS = {
    "a number": "create_engine(u, pool_size=7)",
    "arithmetic": "create_engine(u, pool_size=2 * 3 + 1)",
    "a conversion": "create_engine(u, pool_size=int('7'))",
    "a constant": "SIZE = 7\nengine = create_engine(u, pool_size=SIZE)",
    "an annotated constant": "SIZE: Final[int] = 7\nengine = create_engine(u, pool_size=SIZE)",
    "a constant of a constant": "BASE = 6\nSIZE = BASE + 1\nengine = create_engine(u, pool_size=SIZE)",
    "a constant of the function": "def f():\n    size = 7\n    engine = create_engine(u, pool_size=size)",
    "the function's own before the module's": "size = 9\ndef f():\n    size = 7\n    engine = create_engine(u, pool_size=size)",
    "a module's constant in a method": "size = 7\nclass A:\n    size = 9\n    def f(self):\n"
    "        self.engine = create_engine(u, pool_size=size)",
    "options": "OPTIONS = {'pool_size': 7}\nengine = create_engine(u, **OPTIONS)",
    "options by dict()": "OPTIONS = dict(pool_size=7)\nengine = create_engine(u, **OPTIONS)",
    "options on options": "A = {'pool_size': 9}\nB = {**A, 'pool_size': 7}\nengine = create_engine(u, **B)",
    "options or options": "A = {'pool_size': 9}\nengine = create_engine(u, **(A | {'pool_size': 7}))",
    "options by dict() of others": "A = {'pool_size': 9}\nengine = create_engine(u, **dict(A, pool_size=7))",
    "a constant of a class": "class Conf:\n    SIZE = 7\nengine = create_engine(u, pool_size=Conf.SIZE)",
    "either way the same": "create_engine(u, pool_size=7 if DEBUG else 7)",
}


@pytest.mark.parametrize("text", LITERALS.values(), ids=LITERALS)
def test_literals_and_what_stands_for_them(read: Read, text: str) -> None:
    evidence = read("db.py", IMPORTS + text + "\n")
    assert only(evidence).pool_size == 7
    assert not evidence.gaps


UNREAD = {
    "from the environment": (
        "create_engine(u, pool_size=int(os.environ['SIZE']))",
        "set from the environment variable SIZE",
    ),
    "with a default": (
        "create_engine(u, pool_size=int(os.environ.get('SIZE', '7')))",
        "set from the environment variable SIZE, its default in the file is 7",
    ),
    "by getenv": (
        "SIZE = int(os.getenv('SIZE', 7))\nengine = create_engine(u, pool_size=SIZE)",
        "set from the environment variable SIZE, its default in the file is 7",
    ),
    "or a default": ("create_engine(u, pool_size=os.getenv('SIZE') or 7)", "set from the environment variable SIZE"),
    "from settings": ("create_engine(u, pool_size=settings.db.pool_size)", "is settings.db.pool_size"),
    "from a function": ("create_engine(u, pool_size=size_of('x'))", "is what size_of() returns"),
    "from another module": ("from conf import SIZE\nengine = create_engine(u, pool_size=SIZE)", "SIZE, from conf.SIZE"),
    "assigned twice": ("SIZE = 7\nSIZE = 9\nengine = create_engine(u, pool_size=SIZE)", "assigned more than once"),
    "in one branch and the other": (
        "if DEBUG:\n    SIZE = 7\nelse:\n    SIZE = 9\nengine = create_engine(u, pool_size=SIZE)",
        "assigned more than once",
    ),
    "changed in place": ("SIZE = 7\nSIZE += 2\nengine = create_engine(u, pool_size=SIZE)", "changed after"),
    "changed by a function": (
        "SIZE = 7\ndef f():\n    global SIZE\n    SIZE = 9\nengine = create_engine(u, pool_size=SIZE)",
        "assigned more than once",
    ),
    "a parameter": (
        "def f(size=7):\n    engine = create_engine(u, pool_size=size)",
        "size, a parameter of f(), 7 by default",
    ),
    "in a loop": ("for size in SIZES:\n    pass\nengine = create_engine(u, pool_size=size)", "in a loop"),
    "a circle": ("A = B\nB = A\nengine = create_engine(u, pool_size=A)", "is A"),
    "on a condition": ("create_engine(u, pool_size=7 if DEBUG else 9)", "worked out when the app runs"),
    "divided by zero": ("create_engine(u, pool_size=7 // 0)", "worked out when the app runs"),
    "from any variable": ("create_engine(u, pool_size=os.environ[name()])", "set from the environment"),
    "no number in text": ("create_engine(u, pool_size=int('seven'))", "is what int() returns"),
    "the opposite of text": ("create_engine(u, pool_size=-'7')", "worked out when the app runs"),
    "a class's, changed outside it": (
        "class Conf:\n    SIZE = 7\nConf.SIZE += 2\nengine = create_engine(u, pool_size=Conf.SIZE)",
        "SIZE, which is changed outside its class",
    ),
    "a class": ("class Conf: ...\nengine = create_engine(u, pool_size=Conf)", "is Conf"),
    "text": ("create_engine(u, pool_size='7')", "pool_size is '7', not a whole number"),
    "a truth": ("create_engine(u, pool_size=True)", "pool_size is True, not a whole number"),
    "nothing": ("create_engine(u, pool_size=None)", "pool_size is None, not a whole number"),
}


@pytest.mark.parametrize(("text", "reason"), UNREAD.values(), ids=UNREAD)
def test_what_only_the_running_app_knows_is_a_gap_and_never_the_default(read: Read, text: str, reason: str) -> None:
    evidence = read("db.py", IMPORTS + "import os\n" + text + "\n")
    engine = only(evidence)
    assert engine.pool_size is None
    assert "pool_size" in engine.unknown
    assert "pool_size" in engine.said
    assert reason in reasons(evidence)
    assert len(evidence.gaps) == 1


REST = {
    "a parameter": "def f(**kwargs):\n    engine = create_engine(u, max_overflow=3, **kwargs)",
    "a function": "engine = create_engine(u, max_overflow=3, **options())",
    "changed by subscript": "O = {}\nO['pool_size'] = 9\nengine = create_engine(u, max_overflow=3, **O)",
    "changed on a condition": "O = {}\nif prod:\n    O.update(pool_size=9)\nengine = create_engine(u, max_overflow=3, **O)",
    "changed in a function": "O = {}\ndef f():\n    O.setdefault('pool_size', 9)\n"
    "engine = create_engine(u, max_overflow=3, **O)",
    "deleted": "O = {'pool_size': 9}\ndel O['pool_size']\nengine = create_engine(u, max_overflow=3, **O)",
    "spread": "O = {**more(), 'max_overflow': 3}\nengine = create_engine(u, **O)",
    "named by an expression": "O = {name(): 1, 'max_overflow': 3}\nengine = create_engine(u, **O)",
    "dict() of something": "engine = create_engine(u, **dict(more(), max_overflow=3))",
    "from a configuration, under keywords": "engine = sqlalchemy.engine_from_config(conf(), max_overflow=3)",
    "from a configuration with a prefix": "engine = sqlalchemy.engine_from_config({}, prefix(), max_overflow=3)",
    "not even a mapping": "engine = create_engine(u, max_overflow=3, **5)",
}


@pytest.mark.parametrize("text", REST.values(), ids=REST)
def test_options_that_are_passed_on_leave_the_others_unknown_with_one_gap(read: Read, text: str) -> None:
    evidence = read("db.py", IMPORTS + "import sqlalchemy\n" + text + "\n")
    engine = only(evidence)
    assert engine.max_overflow == 3
    assert engine.poolclass == "QueuePool", "no other pool takes max_overflow"
    assert {"pool_size", "pool_timeout", "pool_pre_ping", "echo", "connect_args"} <= engine.unknown
    assert engine.pool_size is None
    assert engine.pool_pre_ping is None
    assert engine.said == {"max_overflow"} | ({"url"} & engine.said)
    assert len(evidence.gaps) == 1
    assert "more options come from" in reasons(evidence)


def test_a_spread_may_have_overridden_what_stands_before_it(read: Read) -> None:
    evidence = read("db.py", IMPORTS + "O = {'pool_size': 3, **more()}\nengine = create_engine(u, **O)\n")
    assert "pool_size" in only(evidence).unknown
