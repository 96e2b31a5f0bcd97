"""Pages and fragments of tagged sentences: whole, self-contained, readable in light and dark."""

import json
import re

import pytest

import tagger as package
from tagger.tagging.part_tagger import PartTagger
from tagger.tagging.parts import cut_into_parts
from tagger.tagging.tag_files import TagOptions
from tagger.text.colors import LABEL_COLORS, label_number
from tagger.text.html_page import style
from tagger.text.render import render
from tagger.text.sentence import Sentence

TEXT = "Ada sees Paris.  She left\nNew York.\nThe dog left.\n\n \n  She likes a cat.\r\n\r\nAda left."
PARAGRAPHS = ["Ada sees Paris.  She left\nNew York.\nThe dog left.", "She likes a cat.", "Ada left."]
HEBREW = "דוד sees Paris. הוא left.\n\nAda left."


def paragraphs(read) -> list[str]:
    """The text of each paragraph, but for white space around it; the first one is what stands outside of any."""
    return [" ".join(sentence.text for sentence in paragraph) for paragraph in read.paragraphs]


@pytest.fixture
def page(tagger, tiny_model, tmp_path):
    """Tags texts, each a file, and returns the page."""

    def tag(*texts, options=()):
        paths = []
        for number, text in enumerate(texts):
            paths.append(tmp_path / f"{number}.txt")
            paths[-1].write_bytes(text.encode())
        done = tagger("tag", *paths, "--model", tiny_model, "--format", "html", *options)
        assert done.code == 0, done.err
        return done.out

    return tag


def text_of(page: str) -> str:
    """What is left of a page without elements that are not text."""
    main = re.search("<main.*</main>", page, re.DOTALL)[0]
    return re.sub("<[^>]*>", "", re.sub("<(sub|b|i)( [^>]*)?>.*?</\\1>", "", main))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_paragraphs_and_white_space_are_those_of_the_text(page, jobs, read_html):
    written = page(TEXT, options=["--jobs", jobs])
    assert text_of(written).strip("\n") == "\n".join(PARAGRAPHS)
    assert [len(paragraph) for paragraph in read_html(written).paragraphs] == [0, 3, 1, 1]


def test_lines_that_are_texts_of_their_own_are_paragraphs(page, read_html):
    read = read_html(page("Ada left. She left.\n\nShe sees Rome\nThe dog\n", options=["--lines"]))
    assert paragraphs(read) == ["", "Ada left. She left.", "She sees Rome", "The dog"]
    read = read_html(page("Ada left .\nShe left .\n", options=["--pretokenized"]))
    assert paragraphs(read) == ["", "Ada left .", "She left ."]


def test_a_page_has_the_tags_that_other_formats_have(page, tagger, tiny_model, tmp_path, read_html):
    read = read_html(page(TEXT))
    lines = tagger("tag", tmp_path / "0.txt", "--model", tiny_model, "--format", "jsonl").out.splitlines()
    for shown, written in zip(read.sentences, map(json.loads, lines), strict=True):
        assert shown.text == written["text"]
        assert shown.words == [(token["text"], token["upos"]) for token in written["tokens"]]
        assert shown.spans == [(span["text"], span["label"]) for span in written["spans"]["ner"]]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_several_files_have_a_heading_each(page, tmp_path, jobs, read_html):
    read = read_html(page("Ada left.", HEBREW, options=["--jobs", jobs]))
    assert read.headings == [str(tmp_path / "0.txt"), str(tmp_path / "1.txt")]
    assert paragraphs(read)[1:] == ["Ada left.", "דוד sees Paris. הוא left.", "Ada left."]
    assert read_html(page("Ada left.")).headings == []


def test_annotated_files_have_their_paragraphs_or_one_a_sentence(tagger, tiny_model, tmp_path, read_html):
    words = ["1\tAda\t_\t_\t_\t_\t_\t_\t_\t_\n2\tleft\t_\t_\t_\t_\t_\t_\t_\t_\n\n"]
    (tmp_path / "a.conllu").write_text("# newpar\n" + words[0] * 2 + "# newpar\n" + words[0])
    (tmp_path / "a.tsv").write_text("Ada\nleft\n\nShe\n\n")
    tag = ["tag", "--model", tiny_model, "--format", "html", "--from"]
    read = read_html(tagger(*tag, "conllu", tmp_path / "a.conllu").out)
    assert paragraphs(read) == ["", "Ada left Ada left", "Ada left"]
    read = read_html(tagger(*tag, "columns", "--columns", "token", tmp_path / "a.tsv").out)
    assert paragraphs(read) == ["", "Ada left", "She"]


def test_a_page_needs_no_script_and_no_other_host(page):
    written = page(
        "<script>alert(1)</script> https://example.org <img src=//x> \x00\x1b[31m \u202e", options=["--scores"]
    )
    assert not re.search("<(script|img|link|a|iframe)|@import|url\\(", written, re.IGNORECASE)
    assert "default-src 'none'; style-src 'unsafe-inline'" in written
    assert "\x00" not in written and "\x1b" not in written and "\u202e" not in written


def test_nothing_to_show_is_a_page_too(read_html):
    assert read_html("".join(render([], "html", ["upos"]))).sentences == []


@pytest.mark.parametrize("size", [1, 30, 1000])
def test_each_part_of_a_large_text_is_a_page(tiny_model, tmp_path, size, read_html):
    (tmp_path / "a.txt").write_bytes(TEXT.encode())
    parts = cut_into_parts([str(tmp_path / "a.txt")], size)
    tag = PartTagger(TagOptions(tiny_model, format="html"), str(tmp_path))
    found = []
    for part in parts:
        count = tag(part)
        read = read_html((tmp_path / f"part-{part.number:05d}.html").read_text(encoding="utf-8"))
        assert len(read.sentences) == count
        found += paragraphs(read)[1:]
    assert found == ["Ada sees Paris. She left\nNew York. The dog left.", *PARAGRAPHS[1:]]


def test_direction_is_that_of_each_paragraph_and_sentence(page, read_html):
    read = read_html(page(HEBREW))
    assert [tag for tag, attributes in read.attributes if attributes.get("dir") == "auto"] == ["main", "p", "p"]
    classes = [attributes.get("class", "") for _, attributes in read.attributes]
    assert [name for name in classes if name.startswith("s ")] == ["s rtl", "s rtl", "s ltr"]
    # What has a `dir` of its own does not count for the direction of the paragraph, so words must not have one.
    assert {tag for tag, attributes in read.attributes if attributes.get("dir") == "ltr"} == {"sub", "b"}


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_text_has_the_contrast_of_wcag_aa(scheme):
    rules = dict(re.findall(r"^\.tagged( \.l\d+)? \{(.*?)\}", style(), re.DOTALL | re.MULTILINE))

    def colors(rule):
        found = re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", rules[rule])
        return {name: pair[scheme] for name, *pair in found}

    text = colors("")
    assert contrast(text["ink"], text["paper"]) >= 7
    assert contrast(text["soft"], text["paper"]) >= 4.5
    for number in range(LABEL_COLORS):
        label = colors(f" .l{number}")
        assert contrast(text["ink"], label["fill"]) >= 7
        assert contrast(label["tone"], label["fill"]) >= 4.5
        assert contrast(text["soft"], label["fill"]) >= 4.5


def test_common_labels_have_colours_of_their_own_and_every_label_has_one():
    assert len({label_number(label) for label in ("PER", "LOC", "ORG", "MISC")}) == 4
    assert label_number("PERSON") == label_number("PER")
    assert all(0 <= label_number(f"label {number}") < LABEL_COLORS for number in range(100))


def test_a_sentence_shows_itself_in_a_notebook(tiny_model, read_html):
    (sentence,) = package.load(tiny_model)("Ada sees Paris.")
    read = read_html(sentence._repr_html_())
    (shown,) = read.sentences
    assert (shown.text, shown.words) == (sentence.text, list(zip(sentence.words, sentence.tags["upos"], strict=True)))
    assert shown.spans == [(span.text, span.label) for span in sentence.spans("ner")]
    assert shown.titles and all(re.search(r"\d\.\d\d", title) for title in shown.titles)
    selectors = re.findall(r"^([^{}\n]+) \{", read.styles, re.MULTILINE)
    assert selectors and all(selector.startswith(".tagged") for name in selectors for selector in name.split(", "))
    assert "scores" not in (unscored := Sentence.from_words(["Ada"], tags={"upos": ["PROPN"]}).to_html())
    assert read_html(unscored).sentences[0].words == [("Ada", "PROPN")]


def test_tasks_of_a_sentence_are_chosen(read_html):
    sentence = Sentence.from_words(["O", "a"], tags={"upos": ["X", "Y"], "ner": ["B-A", "I-A"], "odd": ["O", "B-"]})
    (shown,) = read_html(sentence.to_html()).sentences
    assert (shown.words, shown.spans) == ([("O", "X", "O"), ("a", "Y", "B-")], [("O a", "A")])
    (shown,) = read_html(sentence.to_html(["ner", "none"])).sentences
    assert (shown.words, shown.spans) == ([], [("O a", "A")])
    (shown,) = read_html(sentence.to_html(["ner"], span_tasks=[])).sentences
    assert (shown.words, shown.spans) == ([("O", "B-A"), ("a", "I-A")], [])


def test_sentences_are_shown_together_with_the_paragraphs_of_their_text(tiny_model, read_html):
    model = package.load(tiny_model)
    read = read_html(package.to_html(model(TEXT), TEXT))
    assert [len(paragraph) for paragraph in read.paragraphs] == [0, 3, 1, 1]
    alone = read_html(package.to_html(model(TEXT), tasks=["ner"]))
    assert [len(paragraph) for paragraph in alone.paragraphs] == [0, 1, 1, 1, 1, 1]
    assert [sentence.text for sentence in alone.sentences] == [sentence.text for sentence in read.sentences]
    assert read_html(package.to_html([])).sentences == []
