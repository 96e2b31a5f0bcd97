"""Tagged sentences as HTML for people: a page of any length, written as sentences come, and fragments for notebooks.

Neither needs a script or another host.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path

from tagger.text.html_words import TaggedWords, escaped, sentence_html

_PAGE_STYLE = """\
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: light-dark(#ffffff, #1c2025); }
.page { max-width: 46rem; margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem); font-size: 1.0625rem; }
.page h2 { margin: 2.5rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--soft); font-size: 1.1rem; }
.page h2:first-child { margin-top: 0; }
@media print { .page { max-width: none; padding: 0; } }
"""

STYLE_FILE = Path(__file__).with_name("tagged.css")
"""The style sheet of tagged text; its rules concern what is inside an element of the class `tagged`."""
_SPAN_TAG = re.compile("O$|[BI]-.")


@cache
def style() -> str:
    """Return the style sheet of tagged text."""
    return STYLE_FILE.read_text(encoding="utf-8")


def page_head() -> str:
    """Return the beginning of a page, after which sentences follow."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Tagged text</title>\n<style>\n{style()}{_PAGE_STYLE}</style>\n</head>\n<body>\n"
        '<main class="tagged page" lang="" dir="auto">\n'
    )


def page_foot() -> str:
    """Return the end of a page."""
    return "</main>\n</body>\n</html>\n"


def file_heading(file: str) -> str:
    """Return the heading of the sentences of a file."""
    return f'<h2 dir="auto">{escaped(file)}</h2>\n'


def on_page(sentence: TaggedWords, shown: str) -> str:
    """Return the HTML of a sentence, `shown`, with the paragraph that begins with it, and the white space after it.

    A paragraph ends where the next one begins, as HTML allows, so that no sentence need know of others. A sentence
    whose white space is not known is a paragraph of its own.
    """
    begins = '<p dir="auto">' if sentence.paragraph or sentence.after is None else ""
    after = "\n" if sentence.after is None or len(sentence.after.splitlines()) > 1 else sentence.after
    return begins + shown + escaped(after)


def fragment(sentences: Iterable[str]) -> str:
    """Return HTML of sentences that any page may have, with a style that concerns nothing else on that page."""
    place = 'class="tagged" dir="auto" style="color-scheme: light dark; padding: .5em .75em"'
    return f"<div {place}><style>\n{style()}</style>{''.join(sentences)}</div>"


def in_fragment(
    sentence: TaggedWords, tasks: Sequence[str] | None, span_tasks: Collection[str] | None, top: int
) -> str:
    """Return the HTML of a sentence in a fragment, with scores where a model gave them to all tasks.

    `tasks` are by default those that the sentence has, and `span_tasks` those whose tags are in IOB2.
    """
    tasks = list(sentence.tags) if tasks is None else tasks
    if span_tasks is None:
        span_tasks = [task for task in tasks if all(map(_SPAN_TAG.match, sentence.tags.get(task, ())))]
    known = all(task in sentence.probabilities for task in tasks if task in sentence.tags)
    return sentence_html(sentence, tasks, span_tasks, scores=known, top=top if known else 0)
