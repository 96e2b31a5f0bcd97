"""Persons' names by region of origin: the lists, the sentences made of them, and what is counted."""

import pytest

from tagger.errors import DataError
from tagger.text.sentence import Sentence

TEMPLATES = ("{name} left.", "We saw {name}.")


@pytest.fixture
def names_by_region(script):
    return script("names_by_region")


def test_there_are_fifty_names_of_each_region_and_none_stands_twice(names_by_region):
    lists = names_by_region.read_names()
    names = [name for region in lists.regions.values() for name in region]

    assert len(lists.regions) >= 12
    assert all(len(region) == 50 for region in lists.regions.values())
    assert len({name.casefold() for name in names}) == len(names)
    assert all(len(name.split()) >= 2 and name == " ".join(name.split()) for name in names)
    assert len(lists.templates) == 6


def test_sentences_have_each_name_at_the_places_that_are_returned(names_by_region):
    text, places = names_by_region.filled(["Ada Lovelace", "Li"], TEMPLATES)

    assert text == "Ada Lovelace left.\n\nWe saw Ada Lovelace.\n\nLi left.\n\nWe saw Li.\n\n"
    assert [text[start:end] for start, end in places] == ["Ada Lovelace", "Ada Lovelace", "Li", "Li"]


def test_places_are_right_where_lower_case_has_more_characters(names_by_region):
    text, places = names_by_region.filled(["İpek", "Ada"], TEMPLATES[1:], lower=True)  # "İ".lower() is two characters

    assert [text[start:end] for start, end in places] == ["İpek".lower(), "ada"]
    assert text.startswith("we saw i")


def persons(*found: tuple[str, str]):
    """Return a tagger that marks these texts with these labels wherever they stand, and nothing else."""

    def read(text: str) -> list[Sentence]:
        sentences, start = [], 0
        for line in text.split("\n\n"):
            words = line.rstrip(".").split()
            tags = ["O"] * len(words)
            for name, label in found:
                parts = name.split()
                for at in range(len(words)):
                    if words[at : at + len(parts)] == parts:
                        tags[at : at + len(parts)] = [f"B-{label}", *[f"I-{label}"] * (len(parts) - 1)]
            sentences.append(Sentence.from_words(words, tags={"ner": tags}, start=start))
            start += len(line) + 2
        return sentences

    return read


@pytest.mark.parametrize(
    ("found", "right"),
    [
        ([("Ada Lovelace", "PER"), ("Li", "PER")], 4),
        ([("Ada Lovelace", "PER"), ("left", "PER")], 2),  # what is invented elsewhere does not count
        ([("Ada", "PER"), ("Li", "LOC")], 0),  # half a name, and a name with another label
        ([("saw Li", "PER"), ("Li left", "PER")], 0),
    ],
)
def test_a_name_is_found_if_it_is_a_person_from_its_beginning_to_its_end(names_by_region, found, right):
    counted = names_by_region.recall(persons(*found), ["Ada Lovelace", "Li"], TEMPLATES)
    assert (counted.right, counted.names) == (right, 4)


def test_rows_have_the_regions_as_written_and_in_lower_case_and_all_together(names_by_region):
    lists = names_by_region.RegionalNames(TEMPLATES, {"here": ["Ada", "Li"], "there": ["Bo"]})

    rows = list(names_by_region.region_rows(persons(("Ada", "PER"), ("Li", "PER"), ("bo", "PER")), lists))

    assert [(row.region, str(row.written), str(row.lower)) for row in rows] == [
        ("here", "100.0", "0.0"),
        ("there", "0.0", "100.0"),
        ("all regions", "66.7", "33.3"),
    ]


def test_the_table_has_a_row_for_each_region(names_by_region):
    lines = names_by_region.region_table(persons())

    assert lines[-1] == "| all regions | 0.0 | 0.0 |"
    assert len(lines) == 2 + 1 + 2 + len(names_by_region.read_names().regions) + 1


FIFTY = ", ".join(f"Ada{number} Li" for number in range(50))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("regions = 1", "no file of names by region"),
        (f'templates = ["We saw."]\n[regions]\nhere = "{FIFTY}"', "'We saw.' must have {name} once"),
        (f'templates = ["{{name}} {{other}}"]\n[regions]\nhere = "{FIFTY}"', "must have {name} once"),
        ('templates = ["{name}"]\n[regions]\nhere = "Ada, Li"', "'here' has 2 names: write 50"),
        (f'templates = ["{{name}}"]\n[regions]\nhere = "{FIFTY.replace("Ada7 Li", "")}"', "'here' has an empty name"),
        (f'templates = ["{{name}}"]\n[regions]\na = "{FIFTY}"\nb = "{FIFTY}"', "'Ada0 Li' of 'b' stands in 'a' too"),
    ],
)
def test_a_file_of_names_that_is_wrong_is_an_error(names_by_region, tmp_path, content, message):
    path = tmp_path / "names.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        names_by_region.read_names(path)
