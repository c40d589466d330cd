"""HTML: formulas between MathJax's signs, in its scripts, in KaTeX's and MathML's annotations; code; images."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from .code import is_code
from .delimited import formulas
from .images import alternative
from .macros import expanded
from .passage import CODE, DISPLAY, INLINE, Passage

_HIDDEN = ("style", "template", "head", "textarea")
_TEX = "application/x-tex"
_VOID = ("br", "img", "hr", "input", "meta", "link", "wbr", "source", "col")


def passages(text: str) -> Iterator[Passage]:
    """The passages of an HTML page."""
    page = _Page()
    page.feed(text)
    page.close()
    yield from expanded([*page.kept, *formulas(page.shown())], page.shown() + text)


class _Page(HTMLParser):
    """Gathers a page's text, each part in the line in which it stands in the file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[Passage] = []
        self._parts: list[str] = []
        self._breaks = 0
        self._hidden: list[str] = []  # the elements, one inside the other, whose text is not shown
        self._inside: tuple[str, str, int, list[str]] | None = None  # tag, kind, line and text of what is being kept

    def shown(self) -> str:
        """The page's text."""
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note that an element begins."""
        said = {name: value or "" for name, value in attrs}
        if self._hidden:
            if tag == "annotation" and said.get("encoding") == _TEX and self._inside is None:
                self._begin(tag, INLINE)
            elif tag not in _VOID:
                self._hidden.append(tag)
            return
        if tag == "img":
            self._keep(alternative(said.get("alt", "")), INLINE)
        elif tag in ("sub", "sup"):
            self._add("_{" if tag == "sub" else "^{")
        elif tag == "script" and said.get("type", "").startswith("math/tex"):
            self._begin(tag, DISPLAY if "display" in said["type"] else INLINE)
        elif tag == "pre" and self._inside is None:
            self._begin(tag, CODE)
        elif tag == "math":
            self._keep(said.get("alttext", ""), DISPLAY if said.get("display") == "block" else INLINE)
            self._hidden.append(tag)
        elif tag in (*_HIDDEN, "script") or "katex-html" in said.get("class", ""):
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note that an element ends."""
        if self._inside is not None and tag == self._inside[0]:
            _, kind, line, parts = self._inside
            self._inside = None
            text = "".join(parts)
            if kind != CODE or is_code(text):
                self._keep(text, kind, line)
            elif tag == "pre":
                self._add(text, line)
        elif tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif not self._hidden and tag in ("sub", "sup"):
            self._add("}")

    def handle_data(self, data: str) -> None:
        """Add text where it belongs."""
        if self._inside is not None:
            self._inside[3].append(data)
        elif not self._hidden:
            self._add(data)

    def _begin(self, tag: str, kind: str) -> None:
        self._inside = (tag, kind, self.getpos()[0], [])

    def _keep(self, text: str, kind: str, line: int = 0) -> None:
        if text.strip():
            self.kept.append(Passage(text, kind, line or self.getpos()[0]))

    def _add(self, text: str, line: int = 0) -> None:
        """Add text that is shown, in the line where it stands."""
        missing = (line or self.getpos()[0]) - 1 - self._breaks
        if missing > 0:
            self._parts.append("\n" * missing)
        self._parts.append(text)
        self._breaks += max(missing, 0) + text.count("\n")
