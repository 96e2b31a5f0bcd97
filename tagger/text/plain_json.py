"""A sentence as JSON, written without an object for each token."""

from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring

from tagger.text.sentence import Sentence

_OWN_KEYS = ("text", "start", "end")
_SCORE = "score"


def plain_json(
    sentence: Sentence, tasks: Sequence[str], span_tasks: Sequence[str], file: str = "", *, scores: bool = False
) -> str | None:
    """Return what `json.dumps(..., ensure_ascii=False)` makes of `json_content` without top tags.

    `tasks` are those that the sentence has, of which `span_tasks` have spans. None where a task has the name of a key.
    """
    own = (*_OWN_KEYS, _SCORE) if scores else _OWN_KEYS
    if len({*own, *tasks}) < len(own) + len(tasks):
        return None
    pattern = '{"text": %s, "start": %s, "end": %s' + "".join(f", {_key(task)}: %s" for task in tasks)
    columns: list[Iterable[object]] = [_encoded(sentence.tags[task]) for task in tasks]
    if scores:
        pattern += ', "score": {' + ", ".join(f"{_key(task)}: %s" for task in tasks) + "}"
        columns += [map(rounded, sentence.scores(task)) for task in tasks]
    rows = zip(map(encode_basestring, sentence.words), sentence.starts, sentence.ends, *columns, strict=True)
    words = list(map((pattern + "}").__mod__, rows))
    spans = [
        f"{encode_basestring(task)}: [{', '.join(_spans(sentence, task, scores))}]"
        for task in tasks
        if task in span_tasks
    ]
    opening = f'"file": {encode_basestring(file)}, ' if file else ""
    return (
        f'{{{opening}"text": {encode_basestring(sentence.text)}, "start": {sentence.start}, "end": {sentence.end}, '
        f'"tokens": [{", ".join(_tokens(sentence, words))}], "spans": {{{", ".join(spans)}}}}}'
    )


def rounded(probability: float) -> float:
    """Return a probability with the four decimal places that carry information."""
    return round(probability, 4)


def _key(task: str) -> str:
    """Return the JSON of a task's name, for a pattern in which `%s` stands for values."""
    return encode_basestring(task).replace("%", "%%")


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


def _spans(sentence: Sentence, task: str, scores: bool) -> list[str]:
    """Return the JSON of the spans of a task."""
    return [
        f'{{"label": {encode_basestring(span.label)}, "text": {encode_basestring(span.text)}, '
        f'"start": {span.start}, "end": {span.end}{f""", "score": {rounded(span.score)}""" if scores else ""}'
        f'{f""", "rule": {encode_basestring(span.rule)}""" if span.rule else ""}}}'
        for span in sentence.spans(task)
    ]
