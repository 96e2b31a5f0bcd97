"""A sentence without probabilities as JSON, written without an object for each token."""

from collections.abc import Sequence
from json.encoder import encode_basestring

from tagger.text.sentence import Sentence

_OWN_KEYS = ("text", "start", "end")


def plain_json(sentence: Sentence, tasks: Sequence[str], span_tasks: Sequence[str], file: str) -> str | None:
    """Return what `json.dumps(..., ensure_ascii=False)` makes of `json_content`, without scores and top tags.

    `tasks` are those that the sentence has, of which `span_tasks` have spans. None where a task has the name of a key.
    """
    if len({*_OWN_KEYS, *tasks}) < len(_OWN_KEYS) + len(tasks):
        return None
    keys = "".join(f", {encode_basestring(task).replace('%', '%%')}: %s" for task in tasks)
    columns = [_encoded(sentence.tags[task]) for task in tasks]
    rows = zip(map(encode_basestring, sentence.words), sentence.starts, sentence.ends, *columns, strict=True)
    words = list(map(f'{{"text": %s, "start": %s, "end": %s{keys}}}'.__mod__, rows))
    spans = [
        f"{encode_basestring(task)}: [{', '.join(_spans(sentence, task))}]" for task in tasks if task in span_tasks
    ]
    opening = f'"file": {encode_basestring(file)}, ' if file else ""
    return (
        f'{{{opening}"text": {encode_basestring(sentence.text)}, "start": {sentence.start}, "end": {sentence.end}, '
        f'"tokens": [{", ".join(_tokens(sentence, words))}], "spans": {{{", ".join(spans)}}}}}'
    )


def _encoded(tags: Sequence[str]) -> list[str]:
    """Return the JSON of tags, each of which is encoded once."""
    by_tag = {tag: encode_basestring(tag) for tag in set(tags)}
    return [by_tag[tag] for tag in tags]


def _tokens(sentence: Sentence, words: Sequence[str]) -> Sequence[str]:
    """Return the JSON of the tokens, given that of the words."""
    if not sentence.multiword:
        return words
    tokens: list[str] = []
    at = 0
    for first, last in sentence.multiword:
        text = encode_basestring(sentence.text_of(first, last))
        inside = ", ".join(words[first : last + 1])
        tokens += words[at:first]
        tokens.append(
            f'{{"text": {text}, "start": {sentence.starts[first]}, "end": {sentence.ends[last]}, "words": [{inside}]}}'
        )
        at = last + 1
    return [*tokens, *words[at:]]


def _spans(sentence: Sentence, task: str) -> list[str]:
    """Return the JSON of the spans of a task."""
    return [
        f'{{"label": {encode_basestring(span.label)}, "text": {encode_basestring(span.text)}, '
        f'"start": {span.start}, "end": {span.end}}}'
        for span in sentence.spans(task)
    ]
