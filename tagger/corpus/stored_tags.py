"""The tags of sentences as records hold them: checked, repaired if wanted, and in IOB2."""

from collections import Counter
from collections.abc import Callable, Sequence

from tagger.corpus.scheme_detection import Schemes, without_white_space
from tagger.errors import DataError
from tagger.text.bracketed import UnbalancedError, read_star_brackets
from tagger.text.remarks import Remarks
from tagger.text.scheme import (
    convert_tags,
    describe_invalid,
    invalid_positions,
    repair_tags,
    spans_from_tags,
    split_tag,
)
from tagger.text.sentence import Sentence

STORED_SCHEME = "IOB2"
_MOST_SHOWN = 5  # invalid tags that a message lists


class StoredTags:
    """Turns the tags of sentences into stored ones, and keeps the first few invalid tags of each task."""

    def __init__(self, schemes: Schemes, *, repair: bool) -> None:
        self._schemes, self._repair = schemes, repair
        self._invalid: dict[str, list[str]] = {}
        self._invalid_count: Counter[str] = Counter()

    def scheme(self, task: str) -> str | None:
        """The scheme in which a task's tags are stored; None for plain tags."""
        return STORED_SCHEME if self._schemes.by_task[task] else None

    def of(self, sentence: Sentence, remarks: Remarks) -> dict[str, tuple[str, ...]]:
        """The stored tags of each task that a sentence is annotated for.

        What is not taken over as it stands is added to `remarks`. Invalid tags that may not be repaired stay as they
        are, until `check` reports them.
        """
        return {
            task: tuple(self._in_scheme(sentence, task, self._in_spelling(sentence, task, remarks), remarks))
            for task, tags in sentence.tags.items()
            if any(tags)
        }

    def check(self) -> None:
        """Raise DataError if a tag was invalid."""
        for task, places in self._invalid.items():
            more = self._invalid_count[task] - len(places)
            lines = [
                f"task '{task}': invalid tags, taken for {self._schemes.by_task[task]}{self._schemes.doubt(task)}:",
                *places,
            ]
            lines += [f"and {more:,} more"] if more else []
            advice = (
                "mend them, name another scheme with --scheme, or say --repair (in Python scheme= and repair= of "
                "tagger.convert)"
            )
            raise DataError("\n  ".join(lines) + "\n" + advice)

    def _in_spelling(self, sentence: Sentence, task: str, remarks: Remarks) -> Sequence[str]:
        """A task's tags in the spelling of a scheme."""
        tags = sentence.tags[task]
        if "" in tags:
            what = f"tokens without a tag of '{task}', not annotated"
            remarks.add(what, sentence.place(tags.index("")), tags.count(""))
        if self._repair:
            what = f"tags of '{task}' that hold white space, written with _"
            _remark(remarks, what, sentence, tags, lambda tag: len(tag.split()) > 1)
            tags = tuple(without_white_space(tags))
        if task in self._schemes.mixed:
            what = f"tags of '{task}' that look like spans among plain ones, kept as plain tags"
            _remark(remarks, what, sentence, tags, lambda tag: split_tag(tag)[0] not in ("", "O"))
        if task in self._schemes.with_outside:
            what = f"tags O of '{task}' among plain ones, kept as plain tags: for spans, say --scheme IO"
            _remark(remarks, what, sentence, tags, lambda tag: tag == "O")
        spelling = self._schemes.spellings.get(task)
        if spelling is None:
            return tags
        what = f"tags of '{task}' written like {spelling.name}, read as spans"
        if spelling.read_all is None:
            _remark(remarks, what, sentence, tags, lambda tag: bool(tag) and spelling.read_tag(tag) != "O")
            return spelling.read(tags)
        _remark(remarks, what, sentence, tags, lambda tag: tag != "*")
        try:
            nested = read_star_brackets(tags).nested
        except UnbalancedError as error:
            raise DataError(f"{sentence.place(error.token)}: '{task}': {error}; mend the brackets") from None
        if nested:
            remarks.add(f"spans of '{task}' inside others, left out", sentence.place(nested[0][1]), len(nested))
        return spelling.read(tags)

    def _in_scheme(self, sentence: Sentence, task: str, tags: Sequence[str], remarks: Remarks) -> Sequence[str]:
        """A task's tags in the stored scheme."""
        scheme = self._schemes.by_task[task]
        if scheme is None:
            return tags
        invalid = invalid_positions(tags, scheme)
        if not invalid:
            if task in self._schemes.merging:
                self._doubt_neighbours(sentence, task, tags, remarks)
            return tags if scheme == STORED_SCHEME else convert_tags(tags, scheme, STORED_SCHEME)
        if self._repair:
            what = f"tags of '{task}' that {scheme} forbids, repaired"
            remarks.add(what, sentence.place(min(invalid[0], len(tags) - 1)), len(invalid))
            return repair_tags(tags, STORED_SCHEME)
        self._invalid_count[task] += len(invalid)
        places = self._invalid.setdefault(task, [])
        for place in invalid[: _MOST_SHOWN - len(places)]:
            places.append(f"{sentence.place(min(place, len(tags) - 1))}: {describe_invalid(tags, place, scheme)}")
        return tags

    def _doubt_neighbours(self, sentence: Sentence, task: str, tags: Sequence[str], remarks: Remarks) -> None:
        """Remark on the spans of several tokens that may be several spans."""
        several = [first for _, first, last in spans_from_tags(tags) if last > first]
        if several:
            what = (
                f"spans of '{task}' of several tokens, in which neighbours of one type merge: nothing parts them in IO"
            )
            remarks.add(what, sentence.place(several[0]), len(several))


def _remark(
    remarks: Remarks, what: str, sentence: Sentence, tags: Sequence[str], concerns: Callable[[str], bool]
) -> None:
    """Count the tags that a remark concerns, with the first one's place."""
    concerned = {tag for tag in set(tags) if concerns(tag)}
    if concerned:
        places = [place for place, tag in enumerate(tags) if tag in concerned]
        remarks.add(what, sentence.place(places[0]), len(places))
