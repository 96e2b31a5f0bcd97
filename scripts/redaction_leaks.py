"""How much of what should be redacted is left in the text, by kind: leaks of `tagger redact`.

    python scripts/redaction_leaks.py                       # the English model that comes with the install
    python scripts/redaction_leaks.py --write leaks.jsonl   # the corpus alone: texts with the places of what is in them

Fills the texts of `redaction_leaks.toml` with the names of `names_by_region.toml` and some of its own, two a text, and
with made-up numbers and addresses, redacts each text as a run of its own, and prints two tables in Markdown: of each
kind, and of the persons of each region, the share of which a letter or digit is left. The columns are the model's spans
alone, and `tagger redact` with three thresholds. A row says how many names have a word in the pseudonym that stands for
them. The same seed gives the same corpus.

    python scripts/redaction_leaks.py --corpus data/uner-english-pud

does the same with the spans of an annotated corpus, in runs of twenty sentences of its test split; `--labels` and
`--split` say which.
"""

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from ipaddress import IPv6Address
from pathlib import Path

from names_by_region import read_names

from tagger.corpus.read import open_corpus, read_split
from tagger.documents import parse_toml
from tagger.errors import TaggerError
from tagger.redaction.checked_patterns import PATTERNS, luhn, modulo_97
from tagger.redaction.known_names import folded, is_particle, is_title, name_units
from tagger.redaction.redactor import Redaction, RedactOptions, Redactor
from tagger.runtime.tagger import Tagger, load

TEXTS_FILE = Path(__file__).with_suffix(".toml")
OWN_NAMES = "names that are titles or words"
"""What stands in place of a region beside the names of `redaction_leaks.toml`."""
THRESHOLDS = (1.0, 0.1, 0.02)
PERSONS = ("full name", "given name", "surname", "initial and surname", "in lower case", "SURNAME")
FIELDS = {
    "name": "full name",
    "other": "full name",
    "given": "given name",
    "family": "surname",
    "initial": "initial and surname",
    "lower": "in lower case",
    "capitals": "SURNAME",
    "place": "place",
    "organisation": "organisation",
    "mail": "mail address",
    "phone": "telephone number",
    "card": "card number",
    "iban": "IBAN",
    "ip": "IPv4 address",
    "ipv6": "IPv6 address",
}
"""The kind of what stands in the place of each field."""
TELEPHONES = (
    "+44 20 79## ####", "(0##) ## ## ## ##", "+49 (0)30 ######", "(2##) 555-01##", "2##-555-01##", "+91 98### #####",
    "0## #### ####", "+234 80# ### ####", "06 ## ## ## ##", "+55 11 9####-####", "+81-3-####-####", "07### ######",
)  # fmt: skip
IBANS = (("DE", 18), ("GB", "WEST"), ("FR", 23), ("NO", 11), ("PL", 24), ("SA", 20), ("BR", 23), ("NL", "ABNA"))
"""Countries, with the digits of an account, or the letters of a bank before 14 or 10 digits."""
SENTENCES = 20
"""Sentences of an annotated corpus that make a text."""
Place = tuple[int, int, str]
"""Where something stands in a text, the end exclusive, and its kind."""


@dataclass(frozen=True)
class FilledText:
    """A text, the region of its persons' names, and what is to be redacted in it."""

    region: str
    text: str
    places: tuple[Place, ...]


def make_corpus(seed: int = 1) -> Iterator[FilledText]:
    """Yield each text of the corpus: the documents in turn, with two names each of one region."""
    content = parse_toml(TEXTS_FILE.read_text(encoding="utf-8"))
    cities, companies = (
        [" ".join(name.split()) for name in content[key].split(",")] for key in ("places", "organisations")
    )
    chance, number = random.Random(seed), 0
    own = [" ".join(name.split()) for name in content["names"].split(",")]
    for region, names in {**read_names().regions, OWN_NAMES: own}.items():
        for first, second in zip(names[::2], names[1::2], strict=True):
            given, _, family = first.partition(" ")
            values = {
                "name": first,
                "other": second,
                "given": given,
                "family": family,
                "initial": f"{given[0]}. {family}",
                "lower": first.lower(),
                "capitals": family.upper(),
                "place": chance.choice(cities),
                "organisation": chance.choice(companies),
                **numbers(chance, first),
            }
            yield filled(region, content["documents"][number % len(content["documents"])].lstrip("\n"), values)
            number += 1


def annotated(corpus: Path, split: str, labels: Collection[str]) -> Iterator[FilledText]:
    """Yield a split of a corpus, twenty sentences a text, with its spans of some labels in all of its tasks."""
    with open_corpus(corpus) as opened:
        sentences = list(read_split(opened, split))
    for at in range(0, len(sentences), SENTENCES):
        text, places = "", []
        for sentence in sentences[at : at + SENTENCES]:
            by = len(text) - sentence.start
            spans = [span for task in sentence.tags for span in sentence.spans(task) if span.label in labels]
            places += [(span.start + by, span.end + by, span.label) for span in spans]
            text += sentence.text + " "
        yield FilledText("", text, tuple(places))


def numbers(chance: random.Random, name: str) -> dict[str, str]:
    """Return made-up numbers and addresses, whose check digits are right."""
    login = re.sub(r"[^a-z]+", chance.choice([".", "_", ""]), name.lower()).strip("._") or "me"
    groups = [f"{chance.randrange(1, 0xFFFF):x}" for _ in range(4)]
    host = chance.choice(["mail.example", "example.co.uk", "post.test"])
    return {
        "mail": f"{login}{chance.choice(['', '7', '84'])}@{host}",
        "phone": re.sub("#", lambda _: str(chance.randrange(10)), chance.choice(TELEPHONES)),
        "card": card(chance),
        "iban": iban(chance),
        "ip": ".".join(str(chance.randrange(1, 255)) for _ in range(4)),
        "ipv6": ipv6(chance, groups),
    }


def ipv6(chance: random.Random, groups: Sequence[str]) -> str:
    """Return an IPv6 address, written in short or, in half of all cases, in full."""
    address = chance.choice(["2001:db8::{}:{}", "fe80::{}:{}:{}:{}", "2001:db8:0:0:{}:{}:{}:{}"]).format(*groups)
    return IPv6Address(address).exploded if int(groups[-1], 16) % 2 else address


def card(chance: random.Random) -> str:
    """Return a card number of 16 digits, grouped in one of three ways."""
    digits = chance.choice("45") + "".join(str(chance.randrange(10)) for _ in range(14))
    digits += next(each for each in "0123456789" if luhn(digits + each))
    return chance.choice(["", " ", "-"]).join(digits[at : at + 4] for at in range(0, 16, 4))


def iban(chance: random.Random) -> str:
    """Return an IBAN of some country, in groups of four or in one piece."""
    country, account = chance.choice(IBANS)
    bank, size = (account, 14 if country == "GB" else 10) if isinstance(account, str) else ("", account)
    rest = bank + "".join(str(chance.randrange(10)) for _ in range(size))
    check = next(f"{each:02}" for each in range(2, 99) if modulo_97(f"{country}{each:02}{rest}"))
    whole = country + check + rest
    return whole if chance.random() < 0.5 else " ".join(re.findall(".{1,4}", whole))


def filled(region: str, document: str, values: Mapping[str, str]) -> FilledText:
    """Put values in the places of a document's fields."""
    pieces, places, size = [], [], 0
    for number, piece in enumerate(re.split(r"\{(\w+)\}", document)):
        text = values[piece] if number % 2 else piece
        if number % 2:
            places.append((size, size + len(text), FIELDS[piece]))
        pieces.append(text)
        size += len(text)
    return FilledText(region, "".join(pieces), tuple(places))


@dataclass
class Leaks:
    """How much there was of each kind and region, of how much a part or all was left, and words lost for nothing.

    `telling` pseudonyms have a word of what they stand for.
    """

    there: Counter[str]
    parts: Counter[str]
    whole: Counter[str]
    lost: int = 0
    words: int = 0
    pseudonyms: int = 0
    telling: int = 0

    def add(self, filled: FilledText, redacted: Iterable[tuple[int, int]]) -> None:
        """Count what is left of a text of which some places were redacted."""
        hidden = {at for start, end in redacted for at in range(start, end)}
        inside = {at for start, end, _ in filled.places for at in range(start, end)}
        for start, end, kind in filled.places:
            letters = [at for at in range(start, end) if filled.text[at].isalnum()]
            left = [at for at in letters if at not in hidden]
            for key in [kind, *([filled.region] if kind in PERSONS else [])]:
                self.there[key] += 1
                self.parts[key] += bool(left)
                self.whole[key] += bool(left) and left == letters
        for word in re.finditer(r"\w+", filled.text):
            if not any(at in inside for at in range(*word.span())):
                self.words += 1
                self.lost += any(at in hidden for at in range(*word.span()))

    def add_pseudonyms(self, redacted: Iterable[Redaction]) -> None:
        """Count pseudonyms of names, and those with a word of the name, but for titles and particles."""
        for each in redacted:
            if each.label in PATTERNS:
                continue  # others have numbers of the ranges that pseudonyms are of
            original = {word for word in words_of(each.text) if not is_title(word) and not is_particle(word)}
            self.pseudonyms += 1
            self.telling += any(len(word) > 1 and word in original for word in words_of(each.replacement))

    def cell(self, key: str) -> str:
        """Return the share with anything left, and in brackets that of which all is left."""
        return f"{share(self.parts[key], self.there[key])} ({share(self.whole[key], self.there[key])})"


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text, without case and accents."""
    return [folded(unit[0]) for unit in name_units(text)]


def share(part: int, whole: int) -> str:
    """Return a share in percent."""
    return f"{100 * part / whole:.1f}" if whole else ""


def measure(tagger: Tagger, corpus: Sequence[FilledText], threshold: float | None, labels: Sequence[str]) -> Leaks:
    """Redact a corpus, each text as a run of its own; without a threshold by the model's spans alone."""
    leaks = Leaks(Counter(), Counter(), Counter())
    for filled in corpus:
        if threshold is None:
            tagged = tagger(filled.text, scores=False)
            spans = [span for each in tagged for task in tagger.span_tasks for span in each.spans(task)]
            leaks.add(filled, [(span.start, span.end) for span in spans if span.label in labels])
        else:
            redacted = Redactor(tagger, RedactOptions(labels, "pseudonym", threshold=threshold))(filled.text)
            leaks.add(filled, [(each.start, each.end) for each in redacted.redactions])
            leaks.add_pseudonyms(redacted.redactions)
    return leaks


def tables(by_way: Mapping[str, Leaks]) -> Iterator[str]:
    """Yield the lines of both tables in Markdown."""
    any_one = next(iter(by_way.values()))
    regions = [key for key in [*read_names().regions, OWN_NAMES] if any_one.there[key]]
    kinds = [key for key in dict.fromkeys([*FIELDS.values(), *sorted(any_one.there)]) if any_one.there[key]]
    kinds = [key for key in kinds if key not in regions]
    for title, keys in (("what", kinds), ("region of the name", regions)):
        if not keys:
            continue
        yield f"| {title} | number | {' | '.join(by_way)} |"
        yield "| --- | ---: |" + " ---: |" * len(by_way)
        for key in keys:
            yield f"| {key} | {any_one.there[key]:,} | {' | '.join(leaks.cell(key) for leaks in by_way.values())} |"
        if title == "what":
            lost = " | ".join(share(leaks.lost, leaks.words) for leaks in by_way.values())
            yield f"| other words, redacted for nothing | {any_one.words:,} | {lost} |"
            telling = [share(leaks.telling, leaks.pseudonyms) for leaks in by_way.values()]
            number = max(leaks.pseudonyms for leaks in by_way.values())
            yield f"| names that have a word in their pseudonym | {number:,} | {' | '.join(telling)} |"
        yield ""


def span_labels(tagger: Tagger) -> list[str]:
    """Return the labels of all spans that a model finds."""
    tags = [tag for task in tagger.span_tasks for tag in tagger.tags[task]]
    return list(dict.fromkeys(label for tag in tags if (label := tag.partition("-")[2])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", nargs="?", help="a model with PER, LOC and ORG; by default the English one")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="an annotated corpus in place of the made one")
    parser.add_argument("--split", default="test", help="the split of the corpus, by default test")
    parser.add_argument("--labels", help="the labels to redact, such as PER,LOC; by default all of the model's spans")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the corpus as JSON lines, and redact nothing")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    try:
        tagger = load(arguments.model)
        labels = [label.strip() for label in arguments.labels.split(",")] if arguments.labels else span_labels(tagger)
        given = (
            annotated(arguments.corpus, arguments.split, labels) if arguments.corpus else make_corpus(arguments.seed)
        )
        corpus = list(given)
        if arguments.write:
            lines = [json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in corpus]
            arguments.write.write_text("".join(lines), encoding="utf-8")
            return
        by_way = {"the model's spans alone": measure(tagger, corpus, None, labels)}
        by_way |= {f"`--threshold {each:g}`": measure(tagger, corpus, each, labels) for each in THRESHOLDS}
    except TaggerError as error:
        sys.exit(str(error))
    print("\n".join(tables(by_way)))


if __name__ == "__main__":
    main()
