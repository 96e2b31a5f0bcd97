"""Replace names, numbers and addresses in text: found by a model, by patterns, or elsewhere in the run."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tagger.errors import ConfigError, ModelError
from tagger.redaction.checked_patterns import LONGEST, PATTERNS, Match
from tagger.redaction.known_names import KnownNames, is_person, may_name_somebody, names_somebody
from tagger.redaction.pseudonyms import Pseudonyms
from tagger.runtime.tagger import Tagger, load
from tagger.text.scheme import span_labels, split_tag
from tagger.text.sentence import Sentence, Span

REPLACEMENTS = ("label", "blank", "pseudonym")
"""What can stand in the place of what is redacted."""
BLANK = "█████"
"""What `blank` writes, always of one length, so that it says nothing of what stood there."""
_REST_OF_NAME = re.compile(r"(?:[-\u2010\u2011]\w{1,40})*+(?:[ \u00a0][^\W\d_a-z][^\W\d_A-Z][\w'’-]{0,40}){0,3}")
_CONTEXT = LONGEST
"""Characters that are kept before what is still to be written, so that what is found depends on no cut."""


@dataclass(frozen=True)
class RedactOptions:
    """What is redacted, and what stands in its place.

    `labels` are the model's labels whose spans are redacted, by default all of its first task that has spans. What
    patterns find (`CARD`, `IBAN`, `MAIL`, `PHONE`, `IP`) is redacted too, but for the labels in `keep`. `replace_with`
    is one of REPLACEMENTS. A word that no span has is redacted all the same where the model gives the labels together
    at least the probability `threshold`; 1 leaves that out.
    """

    labels: Sequence[str] = ()
    replace_with: str = "label"
    keep: Sequence[str] = ()
    threshold: float = 0.1


@dataclass(frozen=True, slots=True)
class Redaction:
    """Something that was replaced: its label, what stood there, and what stands there now.

    `start` and `end` are character offsets in the original text, `redacted_start` and `redacted_end` in the redacted
    one. Both ends are exclusive.
    """

    label: str
    start: int
    end: int
    text: str
    replacement: str
    redacted_start: int
    redacted_end: int


@dataclass(frozen=True, slots=True)
class RedactedText:
    """A redacted text, and what was replaced in it, in order."""

    text: str
    redactions: tuple[Redaction, ...]


class Redactor:
    """Redacts the texts of one run: the same name gets the same replacement in all of them.

    Every sentence of the run is learned first; then a name that was found once is replaced wherever it stands.
    """

    def __init__(self, tagger: Tagger, options: RedactOptions) -> None:
        """Raises ConfigError for labels or a replacement that there are not, ModelError for a model without spans."""
        if options.replace_with not in REPLACEMENTS:
            raise ConfigError(f"there is no replacement '{options.replace_with}'; there are {', '.join(REPLACEMENTS)}")
        if not 0 < options.threshold <= 1:
            raise ConfigError(f"the threshold {options.threshold} is no probability above 0")
        self.tagger, self._options = tagger, options
        self._wanted = _wanted_labels(tagger, options)
        self._patterns = {kind: find for kind, find in PATTERNS.items() if kind not in options.keep}
        self._known = KnownNames()
        self._pseudonyms = Pseudonyms(self._known.stands)

    @property
    def wants_scores(self) -> bool:
        """Whether the sentences to be learned must have probabilities."""
        return self._options.threshold < 1

    def learn(self, sentence: Sentence) -> list[Match]:
        """Take the names of a tagged sentence, and return where it has some, in order."""
        spans = [
            span
            for task in self._wanted
            for span in sentence.spans(task)
            if span.label in self._wanted[task] and names_somebody(span.text)
        ]
        unsure = list(self._improbable(sentence, spans)) if self.wants_scores else []
        self._known.learn(sentence, spans, (span for span in unsure if span.text[:1].isupper()))
        return sorted(Match(span.start, span.end, span.label) for span in [*spans, *unsure])

    def __call__(self, text: str) -> RedactedText:
        """Redact a text, with what was learned of this one and those before."""
        found = [match for sentence in self.tagger(text, scores=self.wants_scores) for match in self.learn(sentence)]
        rewriter = Rewriter(self)
        rewriter.put(text)
        rewriter.expect(found)
        return RedactedText(*rewriter.take(len(text)))

    def matches(self, text: str, start: int) -> Iterator[Match]:
        """Yield what patterns and known names find in a text and ends after a place."""
        before = max(0, start - _CONTEXT)
        for find in (*self._patterns.values(), self._known.find):
            yield from (match for match in find(text, before) if match.end > start)

    def replacement(self, text: str, label: str) -> str:
        """Return what stands in the place of a text with a label."""
        match self._options.replace_with:
            case "label":
                return f"[{label}]"
            case "blank":
                return BLANK
            case _:
                return self._pseudonyms.of(text, label)

    def _improbable(self, sentence: Sentence, spans: Sequence[Span]) -> Iterator[Span]:
        """Yield runs of words outside of spans that may be names, by the model's probabilities."""
        covered = {place for span in spans for place in range(span.first, span.last + 1)}
        for task, labels in self._wanted.items():
            held = sentence.probabilities[task]
            columns: dict[str, list[int]] = {}
            for tag, column in held.columns.items():
                if (label := split_tag(tag)[1]) in labels:
                    columns.setdefault(label, []).append(column)
            by_label = {label: held.values[:, chosen].sum(axis=1) for label, chosen in columns.items()}
            may_be = sum(by_label.values()) >= self._options.threshold if by_label else ()
            places = [place for place, is_one in enumerate(may_be) if is_one and place not in covered]
            for _, run in groupby(enumerate(places), lambda numbered: numbered[1] - numbered[0]):
                names = [place for _, place in run if may_name_somebody(sentence.words[place])]
                if not names:
                    continue
                first, last = names[0], names[-1]  # with particles between them, not around them
                yield Span(
                    label=max(by_label, key=lambda label: by_label[label][first]),
                    text=" ".join(sentence.words[first : last + 1]),
                    start=sentence.starts[first],
                    end=sentence.ends[last],
                    first=first,
                    last=last,
                )


class Rewriter:
    """Rewrites one text that comes in pieces, in order.

    `put` the pieces and `expect` what the model has found in them; `take` gives the redacted text up to a place.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._text, self._base, self._done = "", 0, 0
        self._written = 0
        self._expected: list[Match] = []

    @property
    def end(self) -> int:
        """The offset at which the text that was put ends."""
        return self._base + len(self._text)

    def rest(self, start: int) -> str:
        """Return the text that was put, from an offset on that was not taken yet."""
        return self._text[max(0, start - self._base) :]

    def put(self, text: str) -> None:
        """Add the next piece of the text."""
        self._text += text

    def expect(self, found: Iterable[Match]) -> None:
        """Add what the model has found, in the order of the text."""
        self._expected += found

    def take(self, until: int) -> tuple[str, tuple[Redaction, ...]]:
        """Return the redacted text from where the last call ended up to an offset, and what was replaced.

        It ends earlier where something is to be replaced that goes on after the offset. Only at the end of the text may
        the offset be within LONGEST characters of what was put.
        """
        cut, pieces, redactions = until, [], []
        for start, end, label in self._merged():
            if start >= cut:
                break
            if end > cut:
                cut = start
                break
            original = self._slice(start, end)
            replacement = self._redactor.replacement(original, label)
            pieces.append(self._advance(start))
            first = self._written
            self._written += len(replacement)
            pieces.append(replacement)
            redactions.append(Redaction(label, start, end, original, replacement, first, self._written))
            self._done = end
        pieces.append(self._advance(max(cut, self._done)))
        self._expected = [match for match in self._expected if match.end > self._done]
        dropped = max(0, self._done - _CONTEXT - self._base)
        self._text, self._base = self._text[dropped:], self._base + dropped
        return "".join(pieces), tuple(redactions)

    def _advance(self, until: int) -> str:
        """Return the text up to an offset as it is, and count it as written."""
        text = self._slice(self._done, until)
        self._done, self._written = until, self._written + len(text)
        return text

    def _slice(self, start: int, end: int) -> str:
        return self._text[start - self._base : end - self._base]

    def _merged(self) -> list[Match]:
        """Return all that is found in what was not taken yet; what overlaps is one, with the label of the longest."""
        found = [
            Match(self._base + start, self._base + end, label)
            for start, end, label in self._redactor.matches(self._text, self._done - self._base)
        ]
        found += [each for each in self._expected if each.end > self._done]
        merged: list[Match] = []
        longest = 0
        for start, end, label in sorted(found, key=lambda each: (each.start, -each.end)):
            if merged and start < merged[-1].end:
                last = merged[-1]
                merged[-1] = Match(last.start, max(last.end, end), label if end - start > longest else last.label)
                longest = max(longest, end - start)
            else:
                merged.append(Match(max(start, self._done), end, label))
                longest = end - start
        if not self._redactor.wants_scores:
            return merged
        ends = [*(after.start for after in merged[1:]), self.end]
        return [self._extended(each, most) for each, most in zip(merged, ends, strict=False)]

    def _extended(self, match: Match, most: int) -> Match:
        """Return the match of a person with the rest of the name that may follow: `-fen`, words with a capital."""
        if not is_person(match.label):
            return match
        more = _REST_OF_NAME.match(self._text, match.end - self._base, most - self._base)
        return match._replace(end=self._base + more.end()) if more else match


def redact(
    text: str,
    labels: Sequence[str] = (),
    replace_with: str = "label",
    *,
    model: Tagger | Path | str | None = None,
    keep: Sequence[str] = (),
    threshold: float = RedactOptions.threshold,
) -> RedactedText:
    """Replace names, numbers and addresses in a text.

    `labels` are those of the model, by default all of its first task with spans; `model` is a `Tagger` or what `load`
    takes. `replace_with` is `label` (`[PER]`), `blank` (`█████`) or `pseudonym`. Card numbers, IBANs, mail addresses,
    telephone numbers and IP addresses are redacted too; `keep=["PHONE"]` leaves some. Words that the model gives at
    least the probability `threshold` of being a name are redacted as well. No redaction is sure to find everything.
    """
    tagger = model if isinstance(model, Tagger) else load(model)
    return Redactor(tagger, RedactOptions(labels, replace_with, keep, threshold))(text)


def _wanted_labels(tagger: Tagger, options: RedactOptions) -> dict[str, set[str]]:
    """Return the labels to redact of each task."""
    there = {task: set(span_labels(tagger.tags[task])) for task in tagger.span_tasks}
    if not there:
        raise ModelError("this model finds no spans, such as names, so that there is nothing to redact by it")
    known = {label for labels in there.values() for label in labels}
    for label in options.labels:
        if label in PATTERNS and label not in known:
            raise ConfigError(f"'{label}' is always redacted, unless --keep names it; leave it out of the labels")
    for label in (*options.labels, *options.keep):
        if label not in known and label not in PATTERNS:
            raise ConfigError(
                f"there is no label '{label}'; the model has {', '.join(sorted(known))}, and patterns find "
                f"{', '.join(PATTERNS)}"
            )
    if options.labels:
        wanted = {task: labels & set(options.labels) for task, labels in there.items()}
    else:
        first = tagger.span_tasks[0]
        wanted = {first: there[first]}
    wanted = {task: labels - set(options.keep) for task, labels in wanted.items()}
    return {task: labels for task, labels in wanted.items() if labels}
