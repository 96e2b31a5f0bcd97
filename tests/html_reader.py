"""Reads HTML of tagged sentences back: its text, words, tags and spans."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Shown:
    """What stands in one sentence."""

    text: str = ""
    words: list[tuple[str, ...]] = field(default_factory=list)
    """Each word with the tags under it."""
    spans: list[tuple[str, str]] = field(default_factory=list)
    """The text and the label of each span, in the order of their ends."""
    titles: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Collects sentences by paragraph, and what stands outside of them; elements must be nested as they are opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.paragraphs: list[list[Shown]] = [[]]
        self.space = ""
        self.headings: list[str] = []
        self.attributes: list[tuple[str, dict[str, str]]] = []
        self.styles = ""
        self._path: list[tuple[str, dict[str, str]]] = []
        self._open_spans: list[list[str]] = []
        self._cut: list[list[str]] = []
        self.feed(page)
        self.close()
        assert not self._path, self._path
        assert not self._cut

    def handle_starttag(self, tag, attributes):
        named = {name: value or "" for name, value in attributes}
        self.attributes.append((tag, named))
        classes = named.get("class", "").split()
        if tag in ("meta", "p"):
            if tag == "p":
                self.paragraphs.append([])
            return
        self._path.append((tag, named))
        if tag == "h2":
            self.headings.append("")
        if "s" in classes:
            self.paragraphs[-1].append(Shown())
        elif "w" in classes:
            self._shown.words.append(("",))
        elif tag == "mark":
            self._open_spans.append(self._cut.pop() if "k" in classes else ["", ""])
        if named.get("title"):
            self._shown.titles.append(named["title"])

    def handle_endtag(self, tag):
        opened, attributes = self._path.pop()
        assert opened == tag, f"{tag} closes {opened}"
        if tag == "mark":
            span = self._open_spans.pop()
            if "x" in attributes["class"].split():
                assert not span[1]
                self._cut.append(span)
            else:
                self._shown.spans.append((span[0], span[1]))

    def handle_data(self, data):
        tags = [tag for tag, _ in self._path]
        if "style" in tags:
            self.styles += data
        elif "h2" in tags:
            self.headings[-1] += data
        elif "sub" in tags:
            self._shown.words[-1] += (data,)
        elif "b" in tags:
            self._open_spans[-1][1] += data
        elif "i" in tags:
            self._shown.words[-1] = (self._shown.words[-1][0] + data, *self._shown.words[-1][1:])
        elif self._inside("s"):
            self._shown.text += data
            for span in self._open_spans:
                span[0] += data
            if self._inside("w"):
                self._shown.words[-1] = (self._shown.words[-1][0] + data, *self._shown.words[-1][1:])
        elif "main" in tags or "div" in tags:
            self.space += data

    @property
    def sentences(self) -> list[Shown]:
        return [each for paragraph in self.paragraphs for each in paragraph]

    @property
    def _shown(self) -> Shown:
        return self.paragraphs[-1][-1]

    def _inside(self, name: str) -> bool:
        return any(name in attributes.get("class", "").split() for _, attributes in self._path)
