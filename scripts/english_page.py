"""Write docs/english.md: texts of several kinds as the English model tags them, its mistakes left in and named.

    python scripts/english_page.py
    python scripts/english_page.py models/english-8bit --output page.md

Tags `docs/english/*.txt`, compares with the annotations beside them (`gold_texts.py`), and adds the table of names by
region of origin (`names_by_region.py`). The same model gives the same page.
"""

import argparse
import re
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from gold_texts import NAMES, UPOS, Compared, WrongName, compare, gold_sentences
from names_by_region import named_model, region_table

from tagger.errors import TaggerError
from tagger.evaluation.raw_scores import RawSums
from tagger.runtime.tagger import Tagger
from tagger.text.sentence import Sentence, Span

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT / "docs" / "english"
PAGE = ROOT / "docs" / "english.md"
WIDTH = 110
"""Characters of a line of text."""

KINDS = {
    "news": ("News", "A news agency's report."),
    "chat": ("Chat", "Friends writing to each other; each message is a paragraph."),
    "recipe": ("Recipe", "Instructions and a list without full stops."),
    "law": ("Law", "A contract with numbered clauses."),
    "abstract": ("Biomedical abstract", "A clinical trial that never was."),
    "poem": ("Poem", "Sentences that go on over lines and stanzas."),
    "mail": ("Mail with source code", "A patch sent to a mailing list."),
}
"""The texts in the order of the page: the heading of each, and what it is."""

INTRODUCTION = """\
# English texts, tagged

Seven texts as the English model that comes with the install tags them, from the raw text and with nothing corrected.
All were written for this page, and what they tell is made up. The annotation that they are compared with is one
annotator's, who corrected what an earlier model had written: parts of speech as in UD English EWT, and names of
persons, places and organisations as in Universal NER. Nationalities, languages, products and `@handles` are no names
there, titles such as `Dr.` do not belong to one, and a country is a place, whatever its government does. For code there
is no such custom: here names of functions, variables and files are `PROPN`, keywords and commands `X`, operators `SYM`.

To see a text in colours, and to write this page again:

```sh
tagger tag docs/english/news.txt --format html > news.html
python scripts/english_page.py --output page.md
```

A name is right if its beginning, its end and its label are. One that is found with a wrong label or wrong boundaries
counts as missed and as invented. A word is tagged right if it is cut out of the text as annotated, and its part of
speech is right.
"""
HOW_TO_READ = """\
Below, `[Lisbon LOC]` is a name as the model found it. In the parts of speech, `chair/NOUN≠VERB` is a mistake: the model
says `NOUN`, and `VERB` is right. Each sentence, as the model cut them, begins a line. Words that are cut wrongly are
named further down.
"""
REGIONS = """\
## Names by region of origin

A tagger that knows only some people's names is unfair to the others.
"""
_ESCAPED = {ord(mark): f"&#{ord(mark)};" for mark in "\\`*_{}[]<>|&#~"}


def page(texts: dict[str, Compared], regions: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the page; `regions` are those of the table of names by region."""
    yield INTRODUCTION
    yield from summary(texts)
    yield ""
    yield HOW_TO_READ
    for name, compared in texts.items():
        yield from section(name, compared)
    yield REGIONS
    yield from regions


def summary(texts: dict[str, Compared]) -> Iterator[str]:
    """Yield a table with a row of counts for each text, and one for all."""
    yield "| text | words | cut right | tagged right | names | right | missed | invented |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    total = RawSums()
    for name, compared in texts.items():
        total += compared.sums
        heading = KINDS[name][0]
        yield _row(f"[{heading}](#{heading.lower().replace(' ', '-')})", compared.sums)
    yield _row("all", total)


def _row(what: str, sums: RawSums) -> str:
    tags, names = sums.tasks[UPOS], sums.tasks[NAMES]
    shares = (f"{100 * count.right / count.gold:.1f}%" for count in (sums.words, tags))
    missed, invented = names.gold - names.right, names.predicted - names.right
    cells = (what, sums.words.gold, *shares, names.gold, names.right, missed, invented)
    return f"| {' | '.join(map(str, cells))} |"


def section(name: str, compared: Compared) -> Iterator[str]:
    """Yield the lines on one text: the text with its names, its words with parts of speech, and the mistakes."""
    heading, about = KINDS[name]
    names, tags, sentences = compared.sums.tasks[NAMES], compared.sums.tasks[UPOS], compared.sums.sentences
    yield f"## {heading}"
    yield ""
    yield from _wrapped(
        f"{about} The text is [{name}.txt](english/{name}.txt), its annotation [{name}.gold](english/{name}.gold). "
        f"Of {names.gold} names {names.right} are right, {names.gold - names.right} missed and "
        f"{names.predicted - names.right} invented. Of {tags.gold} words {tags.right} have the right part of speech. "
        f"Of {sentences.gold} sentences {sentences.right} are found."
    )
    yield ""
    yield "```text"
    yield from _wrapped(marked(compared.text, [span for each in compared.found for span in each.spans(NAMES)]))
    yield "```"
    yield ""
    yield "Parts of speech:"
    yield ""
    yield "```text"
    for sentence in compared.found:
        yield from _wrapped(tagged(sentence, compared))
    yield "```"
    yield ""
    yield from mistakes(compared)


def marked(text: str, names: Sequence[Span]) -> str:
    """Return a text with its names in brackets: `[Ada Lovelace PER] slept.`"""
    parts, at = [], 0
    for name in names:
        parts += [text[at : name.start], f"[{text[name.start : name.end]} {name.label}]"]
        at = name.end
    return "".join([*parts, text[at:]])


def tagged(sentence: Sentence, compared: Compared) -> str:
    """Return a sentence as `word/tag`, with the right tag behind a wrong one."""
    words = []
    for token in sentence:
        right = compared.right_tags.get((token.start, token.end))
        words.append(f"{token.text}/{token[UPOS]}" + (f"≠{right}" if right else ""))
    return " ".join(words)


def _wrapped(text: str) -> Iterator[str]:
    """Yield the lines of a text, with long ones cut between words."""
    cut = partial(textwrap.wrap, width=WIDTH, break_long_words=False, break_on_hyphens=False)
    for line in text.rstrip("\n").split("\n"):
        yield from cut(line) if len(line) > WIDTH else [line]


def mistakes(compared: Compared) -> Iterator[str]:
    """Yield all that is wrong in a text: names, parts of speech, words and sentences."""
    if compared.wrong_names:
        yield "| wrong names | mistake | found | right |"
        yield "| --- | --- | --- | --- |"
        yield from (_name_row(wrong, compared) for wrong in compared.wrong_names)
        yield ""
    else:
        yield "All names are right, and none is invented."
        yield ""
    by_tags: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (given, right, word), count in compared.wrong_tags.items():
        by_tags[given, right].append(escaped(word) + _times(count))
    if by_tags:
        yield "Wrong parts of speech:"
        yield ""
        for (given, right), words in sorted(by_tags.items(), key=lambda item: (-len(item[1]), item[0])):
            yield f"- {given} for {right}: {', '.join(words)}"
        yield ""
    cuts = [f"{_quoted(cut.found)} for {_quoted(cut.gold)}{_times(n)}" for cut, n in compared.wrong_cuts.items()]
    yield from _listed("Words cut in other places", cuts)
    yield from _listed("Sentences joined to the next, after", [_ending(compared.text, end) for end in compared.joined])
    yield from _listed("Sentences cut in two, after", [_ending(compared.text, end) for end in compared.broken])


def _name_row(wrong: WrongName, compared: Compared) -> str:
    start, end = wrong.place
    before, after = map(escaped, compared.around(start, end))
    found = escaped(", ".join(f"{span.text} {span.label}" for span in wrong.found)) or "–"
    right = escaped(f"{wrong.gold.text} {wrong.gold.label}") if wrong.gold else "–"
    return f"| {before}**{escaped(compared.text[start:end])}**{after} | {wrong.kind} | {found} | {right} |"


def _times(count: int) -> str:
    return f" ({count})" if count > 1 else ""


def _listed(what: str, things: Sequence[str]) -> Iterator[str]:
    """Yield a paragraph that names some things, and nothing where there are none."""
    if things:
        yield f"{what}: {'; '.join(things)}."  # on one line: a further one might begin as a list does
        yield ""


def _quoted(words: Sequence[str]) -> str:
    return f"“{escaped(' '.join(words))}”"


def _ending(text: str, end: int) -> str:
    """Return the last words before a place in a text."""
    return _quoted(text[:end].rsplit("\n", 1)[-1].split()[-3:])


def escaped(text: str) -> str:
    """Return a text on one line, without a mark that Markdown or HTML would read."""
    return re.sub(r"\s+", " ", text).translate(_ESCAPED)


def compared_texts(tagger: Tagger) -> dict[str, Compared]:
    """Tag all texts and compare them with their annotations. Raises DataError where an annotation is wrong."""
    texts = {}
    for name in KINDS:
        text = (TEXTS / f"{name}.txt").read_text(encoding="utf-8")
        texts[name] = compare(text, gold_sentences(text, TEXTS / f"{name}.gold"), tagger(text, scores=False))
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="english", help="a folder, or a name that `tagger models` lists")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write, by default docs/english.md")
    arguments = parser.parse_args()
    try:
        tagger = named_model(arguments.model, UPOS)
        lines = list(page(compared_texts(tagger), region_table(partial(tagger, scores=False))))
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    except (TaggerError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
