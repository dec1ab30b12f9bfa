"""An HTML page as a tree, by the standard library's parser: enough to ask what stands where."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr path circle rect use".split())

BLOCKS = frozenset("td th dt dd li p div summary h1 h2 h3 h4 pre".split())


@dataclass
class Element:
    """A tag with what is in it, in order."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.children)

    @property
    def words(self) -> str:
        """The text as it is read: cells and blocks are apart, and spaces are single."""
        return " ".join(self._apart().split())

    def _apart(self) -> str:
        said = "".join(each if isinstance(each, str) else each._apart() for each in self.children)
        return f" {said} " if self.tag in BLOCKS else said

    def all(self, tag: str | None = None, **attributes: str) -> list["Element"]:
        """Every element below this one of that tag whose attributes have these values (`class_` has to be among them)."""
        return [
            each
            for each in self._below()
            if tag in {None, each.tag}
            and all(
                value in (each.attributes.get(name.rstrip("_")) or "").split()
                if name == "class_"
                else each.attributes.get(name) == value
                for name, value in attributes.items()
            )
        ]

    def one(self, tag: str | None = None, **attributes: str) -> "Element":
        (found,) = self.all(tag, **attributes)
        return found

    def _below(self) -> Iterator["Element"]:
        for each in self.children:
            if isinstance(each, Element):
                yield each
                yield from each._below()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> ends a <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parsed(page: str) -> Element:
    """The page; each tag that is opened has to be closed, in order."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    assert [each.tag for each in parser._open] == ["document"]
    return parser.root
