"""What a segmenter learns from: the raw text of a corpus as sentences of units, varied as text in the world varies."""

import math
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tagger.config.segmenter_keys import SegmenterConfig
from tagger.corpus.raw_text import Paragraph
from tagger.corpus.raw_text import paragraphs as join_paragraphs
from tagger.model.segmentation_rules import (
    BOUNDARY,
    GAP,
    INSIDE,
    MULTIWORD,
    SENTENCE_ENDS,
    TOKEN_ENDS,
    SegmentationRules,
)
from tagger.text.multiword import learn_multiword, rule_of
from tagger.text.sentence import Sentence
from tagger.text.units import AFTER, learn_units

MOST_SENTENCES = 12
"""Sentences of the longest paragraph that is made of a source without paragraphs."""
MOST_COPIES = 20
"""Most copies of the text of a small corpus."""
LAST_LETTERS = 0.2
"""Share of the sentences whose last word becomes a letter, beside `initials`. As large a share left names cut."""
_EMOJI = ("🙂", "😂", "👍", "❤️", "😊", "🎉", "😭", "🤔", "🔥", "👏🏽")
_FINAL_MARK = re.compile(r"[.!?…。！？؟۔।]+")
_LINE = (40, 90)


@dataclass(slots=True)
class _Token:
    """A token of a paragraph, with its words, what stands after it, and whether a sentence ends with it."""

    text: str
    words: tuple[str, ...]
    gap: str
    ends_sentence: bool


def learn_rules(paragraphs: Sequence[Paragraph]) -> SegmentationRules:
    """Return the rules that fit the paragraphs of a train split."""
    units = learn_units((each.text, [end for _, end in _offsets(each)]) for each in paragraphs)
    multiword = learn_multiword(
        (sentence.text_of(first, last), sentence.words[first : last + 1])
        for each in paragraphs
        for sentence in each.sentences
        for first, last in sentence.multiword
    )
    return SegmentationRules(units, multiword)


def copies_of(paragraphs: Sequence[Paragraph], settings: SegmenterConfig) -> int:
    """Return the number of copies of the text that an epoch reads."""
    tokens = sum(len(sentence) for paragraph in paragraphs for sentence in paragraph.sentences)
    windows = max(1, len(paragraphs), round(tokens / (0.75 * settings.window)))
    return max(settings.copies, min(MOST_COPIES, math.ceil(settings.least_windows / windows)))


def training_windows(
    paragraphs: Sequence[Paragraph], rules: SegmentationRules, settings: SegmenterConfig, seed: int
) -> Iterator[Sentence]:
    """Yield sentences of units for training: copies of the text, each varied and cut in another way."""
    for copy in range(copies_of(paragraphs, settings)):
        generator = random.Random(f"{seed} {copy}")
        for paragraph in paragraphs:
            tokens = _tokens(paragraph)
            if settings.initials:
                tokens = _with_initials(tokens, settings, generator)
            tokens = _varied(tokens, settings, generator)
            whole = _unit_sentence(tokens, rules)
            first = 0
            while first < len(whole):
                last = min(len(whole), first + generator.randint((settings.window + 1) // 2, settings.window))
                yield _window(whole, first, last)
                first = last


def whole_paragraphs(paragraphs: Iterable[Paragraph], rules: SegmentationRules) -> Iterator[Sentence]:
    """Yield one sentence of units for each paragraph, as it stands; for scoring."""
    for paragraph in paragraphs:
        yield _unit_sentence(_tokens(paragraph), rules)


def with_made_paragraphs(paragraphs: Sequence[Paragraph], seed: int) -> list[Paragraph]:
    """Return paragraphs of 1 to MOST_SENTENCES sentences in place of long ones.

    Sources without paragraphs are one endless one; a text to tag has shorter ones, and a paragraph's end is an end of a
    sentence that a segmenter should know.
    """
    generator = random.Random(seed)
    made: list[Paragraph] = []
    for paragraph in paragraphs:
        sentences, at = paragraph.sentences, 0
        while at < len(sentences):
            count = len(sentences) if len(sentences) <= MOST_SENTENCES else generator.randint(1, MOST_SENTENCES)
            made += join_paragraphs(sentences[at : at + count])
            at += count
    return made


def _offsets(paragraph: Paragraph) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each token of a paragraph."""
    for sentence in paragraph.sentences:
        yield from sentence.token_offsets


def _tokens(paragraph: Paragraph) -> list[_Token]:
    """Return the tokens of a paragraph with what stands after each."""
    tokens: list[_Token] = []
    ends: list[int] = []
    for sentence in paragraph.sentences:
        for first, last in sentence.token_places:
            start, end = sentence.starts[first], sentence.ends[last]
            if tokens:
                tokens[-1].gap = paragraph.text[ends[-1] : start]
            tokens.append(_Token(paragraph.text[start:end], sentence.words[first : last + 1], "", False))
            ends.append(end)
        if tokens:
            tokens[-1].ends_sentence = True
    return tokens


def _with_initials(tokens: Sequence[_Token], settings: SegmenterConfig, generator: random.Random) -> list[_Token]:
    """Return tokens with more initials and abbreviations, which are rare in most corpora and end no sentence.

    Of two capitalised words side by side the first may become an initial (`J. Smith`), and an initial or two or one of
    the titles may stand before a capitalised word inside a sentence (`George W. Bush`, `Prof. Lee`), and one of the
    references before a number (`Fig. 3`). So that not every letter with a full stop is one of these, the last word of a
    sentence may become a letter (`Vitamin C.`).
    """
    capitals = [token.text[0] for token in tokens if _is_capitalised(token)]
    changed: list[_Token] = []
    begins = True  # whether a sentence begins
    for number, token in enumerate(tokens):
        follows = not begins and tokens[number - 1].gap == " "
        if follows and token.text.isdigit() and settings.references and generator.random() < settings.initials:
            changed.append(_abbreviation(generator.choice(settings.references)))
        elif follows and _is_last_word(tokens, number) and generator.random() < LAST_LETTERS * settings.initials:
            letter = generator.choice(capitals or ["A"])
            token = _Token(letter, (letter,), token.gap, False)
        elif _is_capitalised(token) and generator.random() < settings.initials:
            is_first_name = token.gap == " " and not token.ends_sentence and _is_capitalised(tokens[number + 1])
            if is_first_name and (not follows or generator.random() < 0.5):
                changed.append(_abbreviation(f"{token.text[0]}."))
                begins = False
                continue
            if follows and settings.titles and generator.random() < 0.25:
                changed.append(_abbreviation(generator.choice(settings.titles)))
            elif follows:
                changed += [_abbreviation(f"{generator.choice(capitals)}.") for _ in range(generator.choice((1, 1, 2)))]
        changed.append(token)
        begins = token.ends_sentence
    return changed


def _is_capitalised(token: _Token) -> bool:
    """Return whether a token is one word of letters, the first of them alone a capital."""
    return len(token.text) > 1 and len(token.words) == 1 and token.text.isalpha() and token.text.istitle()


def _is_last_word(tokens: Sequence[_Token], number: int) -> bool:
    """Return whether nothing but a full stop comes after a word in its sentence."""
    token, *others = tokens[number : number + 2]
    return (
        token.text.isalpha() and not token.ends_sentence and bool(others) and others[0].text == "." and token.gap == ""
    )


def _abbreviation(text: str) -> _Token:
    """Return the token of an initial or another abbreviation."""
    return _Token(text, (text,), " ", False)


def _varied(tokens: Sequence[_Token], settings: SegmenterConfig, generator: random.Random) -> list[_Token]:
    """Return the tokens of a paragraph written in another way."""
    is_lower = generator.random() < settings.lower_case
    is_typographic = generator.random() < settings.apostrophes
    is_wide = generator.random() < settings.wide_spaces
    width = generator.randint(*_LINE) if generator.random() < settings.line_breaks else 0
    varied: list[_Token] = []
    column = 0
    begins = True  # whether a sentence begins
    for number, token in enumerate(tokens):
        text, gap, ends = token.text, token.gap, token.ends_sentence
        is_last = number + 1 == len(tokens)
        if ends and not begins and _FINAL_MARK.fullmatch(text):
            if generator.random() < settings.unpunctuated:
                varied[-1].gap, varied[-1].ends_sentence = gap, True
                begins = True
                continue
            if not is_last and gap == " " and text == "." and generator.random() < settings.joined_sentences:
                gap = ""
        begins = ends
        if is_lower and len(text.lower()) == len(text):
            text = text.lower()
        if is_typographic:
            text = _typographic(text, opens=not varied or varied[-1].gap != "")
        if ends and is_wide and gap == " ":
            gap = "  "
        column += len(text) + len(gap)
        if width and gap == " " and column >= width:
            gap, column = "\n", 0
        varied.append(_Token(text, token.words, gap, ends))
        if ends and generator.random() < settings.emoji:
            varied[-1].gap, varied[-1].ends_sentence = " ", False
            varied.append(_Token(generator.choice(_EMOJI), (), gap or " ", True))
    return varied


def _typographic(text: str, *, opens: bool) -> str:
    """Return a token with typographic quotes; `opens` tells whether white space stands before it."""
    if text in ('"', "''", "``"):
        return "“" if opens else "”"
    return text.replace("'", "’") if len(text) > 1 or not opens else text.replace("'", "‘")


def _unit_sentence(tokens: Sequence[_Token], rules: SegmentationRules) -> Sentence:
    """Return the units of a paragraph as a sentence with the tags that a segmenter learns."""
    text = "".join(part for token in tokens for part in (token.text, token.gap))
    ends: dict[int, _Token] = {}
    at = 0
    for token in tokens:
        ends[at + len(token.text)] = token
        at += len(token.text) + len(token.gap)
    starts, unit_ends, after = rules.units.units(text)
    boundaries, multiword = [], []
    for end in unit_ends.tolist():
        ended = ends.get(end)
        if ended is None:
            boundaries.append(INSIDE)
            multiword.append("")
        else:
            boundaries.append(SENTENCE_ENDS if ended.ends_sentence else TOKEN_ENDS)
            multiword.append(rule_of(ended.text, ended.words, rules.multiword))
    tags = {BOUNDARY: boundaries, GAP: [AFTER[number] for number in after.tolist()]}
    if rules.multiword.rules:
        tags[MULTIWORD] = multiword
    units = [text[start:end] for start, end in zip(starts.tolist(), unit_ends.tolist(), strict=True)]
    return Sentence.from_words(units, tags=tags)


def _window(sentence: Sentence, first: int, last: int) -> Sentence:
    """Return a part of a sentence of units."""
    return Sentence.from_words(
        sentence.words[first:last], tags={task: column[first:last] for task, column in sentence.tags.items()}
    )
