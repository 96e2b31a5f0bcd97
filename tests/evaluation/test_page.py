import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tagger.evaluation.analysis import analyse
from tagger.evaluation.charts import spread_out
from tagger.evaluation.mistakes import Example
from tagger.evaluation.page import CONTEXT, render_page, segments
from tagger.evaluation.report import Report
from tagger.evaluation.svg import round_ticks, score_axis
from tagger.evaluation.training_curve import Epoch, Training
from tagger.text.sentence import Sentence

VOID = {"meta", "br", "hr", "img", "input", "link", "wbr"}
NASTY = ["<script>alert(1)</script>", '"onload=x', "a&amp;b", "\u202eevil", "null\0", "half\ud800", "שלום"]
TRAINING = Training((Epoch(1, 2.0, {"ner": 0.2, "<t>": 0.5}), Epoch(2, 1.0, {"ner": 0.3, "<t>": 0.6})), 2)


class Page(HTMLParser):
    """Parses a page, and asserts that all elements are closed in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.names, self.attributes, self.text = [], Counter(), [], ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, name, attributes):
        self.names[name] += 1
        self.attributes += [(name, *each) for each in attributes]
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.text += data

    def values(self, wanted):
        return [value for _, attribute, value in self.attributes if attribute == wanted]


def report(as_tagged, training=TRAINING, right=False):
    tags = {"<t>": [f"<{n}>" for n in range(len(NASTY))], "ner": ["B-<i>", "I-<i>", "O", "B-PER", "O", "B-LOC", "O"]}
    wrong = {"<t>": ["<9>"] * len(NASTY), "ner": ["O", "B-<i>", "O", "B-LOC", "B-LOC", "O", "O"]}
    gold = Sentence.from_words(NASTY, tags=tags, id="<id>")
    pairs = [(gold, as_tagged(NASTY, tags if right else wrong))]
    return Report("<model>", "<corpus>", "<CC>", analyse(pairs, {"<t>": None, "ner": "IOB2"}, split="test"), training)


@pytest.fixture(scope="module")
def page(as_tagged):
    return render_page(report(as_tagged))


def test_all_content_of_a_sentence_is_escaped(page):
    page.encode("utf-8")
    parsed = Page(page)
    assert not parsed.names.keys() & {"script", "link", "img", "iframe", "object", "i", "t"}
    assert not [attribute for _, attribute, _ in parsed.attributes if attribute.startswith("on")]
    for shown in ("<script>alert(1)</script>", "a&amp;b", "‹U+202E›evil", "null‹U+0000›", "half‹U+D800›", "<model>"):
        assert shown in parsed.text
    assert not re.search("[\0\u202e]", page)


def test_the_page_is_self_contained(page):
    parsed = Page(page)
    assert not re.search(r"https?:|url\(|@import", page)
    assert all(value.startswith("#") for value in parsed.values("href"))
    assert not parsed.values("src")


def test_table_headings_have_a_scope_and_charts_a_title_and_a_unique_name(page):
    parsed = Page(page)
    names = parsed.values("id")
    assert len(names) == len(set(names))
    assert parsed.names["th"] == len([value for value in parsed.values("scope") if value in ("row", "col")])
    pictures = Counter(attribute for name, attribute, _ in parsed.attributes if name == "svg")
    assert parsed.names["svg"] == pictures["role"] + pictures["aria-hidden"]
    assert parsed.names["desc"] == pictures["role"] == 2 * 2 + 2
    for reference in (*parsed.values("aria-labelledby"), *parsed.values("aria-describedby")):
        assert set(reference.split()) <= set(names)
    assert {value[1:] for value in parsed.values("href")} <= set(names)


def test_scores_from_raw_text_have_a_section_of_their_own(as_tagged, page):
    figures = {"precision": 0.5, "recall": 0.25, "f1": 1 / 3, "support": 4321}
    tasks = {"<t>": {**figures, "aligned_accuracy": 0.875}, "ner": figures}
    raw = {"tokens": figures, "sentences": figures, "words": figures, "tasks": tasks}
    parsed = Page(render_page(replace(report(as_tagged), raw=raw)))
    cells = "".join(parsed.text.split())  # of a table, one right after the other
    assert cells.count("33.3350.0025.004,321") == 5
    assert "<t>33.3350.0025.004,32187.50ner33.33" in cells
    names = parsed.values("id")
    assert len(names) == len(set(names))
    assert {value[1:] for value in parsed.values("href")} <= set(names)
    assert "raw" in names and "raw" not in Page(page).values("id")


def test_a_page_without_training_and_without_mistakes_says_so(as_tagged):
    parsed = Page(render_page(report(as_tagged, None, right=True)))
    assert parsed.text.count("None: everything is right.") == 2
    assert "training" not in parsed.values("id")


def test_a_task_without_gold_and_predicted_spans_has_a_page(as_tagged):
    pair = Sentence.from_words(["a"], tags={"ner": ["O"]}), as_tagged(["a"], {"ner": ["O"]})
    page = render_page(Report("m", "c", "", analyse([pair], {"ner": "IOB2"}, split="test"), None))
    assert "None: everything is right." in Page(page).text


def test_a_sentence_is_split_where_its_marks_begin_and_end():
    example = Example("", "He saw New York today", (7, 15), (11, 15), 0.5)
    assert [(part.text, part.gold, part.given) for part in segments(example)] == [
        ("He saw ", False, False),
        ("New ", True, False),
        ("York", True, True),
        (" today", False, False),
    ]


def test_a_long_sentence_is_cut_to_the_context_at_word_boundaries():
    text = "far " * 100 + "here" + " off" * 100
    before, here, after = segments(Example("", text, (400, 404), None, 0.5))
    assert (here.text, here.gold, here.given) == ("here", True, False)
    assert before.text.startswith("… far ") and after.text.endswith(" off …")
    assert len(before.text) <= CONTEXT + 2 and len(after.text) <= CONTEXT + 2


def test_axes_end_at_round_numbers_around_their_values():
    assert round_ticks(0, 2.3) == [0, 0.5, 1, 1.5, 2, 2.5]
    for scores in ([1.0, 1.0], [0.0], [0.42, 0.43], [0.0, 1.0], [0.9512, 0.9533]):
        axis = score_axis(scores)
        assert 0 <= axis.ticks[0] <= min(scores) and max(scores) <= axis.ticks[-1] <= 1 + 1e-9
        assert all(axis.end - 1e-6 <= axis.at(score) <= axis.start + 1e-6 for score in scores)


def test_labels_of_curves_do_not_overlap():
    assert spread_out([50, 48, 80]) == [62, 48, 80]
