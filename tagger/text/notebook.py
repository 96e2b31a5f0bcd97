"""Several sentences as one piece of HTML, such as a notebook shows."""

from collections.abc import Collection, Iterable, Sequence

from tagger.text.html_page import fragment, in_fragment, on_page
from tagger.text.sentence import Sentence
from tagger.text.source_space import in_text


def to_html(
    sentences: Iterable[Sentence],
    text: str | None = None,
    *,
    tasks: Sequence[str] | None = None,
    span_tasks: Collection[str] | None = None,
    top: int = 0,
) -> str:
    """Return sentences as a piece of HTML, such as `model(text)` returns them.

    With their `text`, its paragraphs and line breaks are kept; otherwise each sentence is a paragraph. The other
    parameters are those of `Sentence.to_html`.
    """
    if text is not None:
        sentences = in_text(sentences, text)
    return fragment(on_page(each, in_fragment(each, tasks, span_tasks, top)) for each in sentences)
