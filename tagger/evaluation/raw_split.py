"""Scoring a model from raw text: the sentences of a split are put together as text, and cut and tagged by the model."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from tagger.corpus.manifest import Manifest
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.raw_text import PARAGRAPH_END, Paragraph, knows_white_space, moved, paragraphs
from tagger.corpus.read import read_split
from tagger.errors import DataError
from tagger.evaluation.raw_scores import RawSums, sum_up_text
from tagger.evaluation.split import tasks_to_score
from tagger.runtime.tagger import Tagger
from tagger.text.sentence import Sentence

CHARACTERS_AT_ONCE = 250_000
"""A longer text is cut at the end of a paragraph and scored in pieces, so that memory does not grow with it."""


def score_raw_split(tagger: Tagger, corpus: Manifest, split: str) -> RawSums:
    """Count what a model gets right on the raw text of a split, in tokens, sentences, words and its tasks.

    Raises DataError when there is no such split, when none of its sentences says where white space stands, and when the
    model reads tags, which raw text does not have.
    """
    corpus.require(split)
    if tagger.given:
        layers = " and ".join(f"'{layer}'" for layer in tagger.given)
        raise DataError(f"this model reads {layers} of each word, which raw text does not have: score it without --raw")
    schemes = tasks_to_score(tagger.schemes, corpus, split) if tagger.schemes else {}
    if not knows_white_space(read_split(corpus, split)):
        raise DataError(
            f"{corpus.place}: split '{split}' does not say where white space stands, so its raw text is unknown: "
            "convert the corpus again from a source that does, such as CoNLL-U, or score it without --raw"
        )
    return score_raw(partial(tagger, scores=False), read_split(corpus, split), schemes)


def score_corpora_raw(tagger: Tagger, corpora: Sequence[MixedCorpus], split: str) -> RawSums:
    """Count what a model gets right on the raw text of a split of all corpora that know their white space there.

    A corpus without tags of the model's tasks is left out, unless the model has no tasks.
    """
    sums = RawSums()
    for corpus in corpora:
        tasks = corpus.annotated(split)
        is_used = bool(tasks) if tagger.tasks else corpus.has(split)
        if is_used and knows_white_space(corpus.read(split)):
            schemes = {task: tagger.schemes[task] for task in tasks}
            sums += score_raw(partial(_tagged, tagger, corpus), corpus.read(split), schemes)
    return sums


def _tagged(tagger: Tagger, corpus: MixedCorpus, text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text, with what a corpus can say something about."""
    return map(corpus.scorable, tagger(text, scores=False))


def score_raw(
    segment_and_tag: Callable[[str], Iterable[Sentence]],
    sentences: Iterable[Sentence],
    schemes: Mapping[str, str | None],
) -> RawSums:
    """Count what `segment_and_tag` gets right when it is given the text of gold sentences alone.

    It returns the sentences of a text, with offsets in it. `schemes` is as in `sum_up_text`. The text is the
    paragraphs of the gold sentences with a blank line between them. Gold sentences whose white space is unknown are
    left out and counted as `unplaced`; where it is unknown of all, all counts are 0.
    """
    unplaced = 0

    def placed() -> Iterator[Sentence]:
        nonlocal unplaced
        for sentence in sentences:
            if sentence.after is None:
                unplaced += 1
            else:
                yield sentence

    sums = RawSums()
    for text, gold in _texts(paragraphs(placed())):
        sums += sum_up_text(text, gold, list(segment_and_tag(text)), schemes)
    return sums + RawSums(unplaced=unplaced)


def _texts(pieces: Iterable[Paragraph]) -> Iterator[tuple[str, list[Sentence]]]:
    """Yield texts of paragraphs, with sentences whose offsets count in it: the whole text, or pieces of a long one."""
    parts: list[str] = []
    sentences: list[Sentence] = []
    length = 0
    for paragraph in pieces:
        if parts and length + len(paragraph.text) > CHARACTERS_AT_ONCE:
            yield PARAGRAPH_END.join(parts), sentences
            parts, sentences, length = [], [], 0
        parts.append(paragraph.text)
        sentences += [moved(sentence, length + sentence.start) for sentence in paragraph.sentences]
        length += len(paragraph.text) + len(PARAGRAPH_END)
    if parts:
        yield PARAGRAPH_END.join(parts), sentences
