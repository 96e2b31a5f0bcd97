"""The page at `/` in a real browser: Debian's Chromium, driven by Playwright."""

import json
import re
import shutil
from urllib.parse import quote

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[dev]'")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here: apt install chromium"),
]
expect = playwright.expect
TEXT = "Ada Lovelace sees New York.\nShe left!\n\nThe dog likes Paris 😀 too."
LONG = 20_000  # milliseconds that a slow machine may need


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, server):
    """Opens the page in a browser of its own, and asserts that nothing went wrong and nobody else was asked."""
    opened = []

    def open_page(address="/", *, url=server.url, allowed=(), **options):
        context = browser.new_context(**options)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        page = context.new_page()
        wrong = []
        page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda request: wrong.append(request.url) if not own(request.url, url) else None)
        opened.append((context, wrong, allowed))
        page.goto(url + address)
        return page

    yield open_page
    for context, wrong, allowed in opened:
        context.close()
        assert [each for each in wrong if not any(name in each for name in allowed)] == []


def own(address, url):
    return address.startswith((url + "/", "data:image/svg+xml,"))


def tagged(page, words=None):
    """The result, once it is complete."""
    status = page.locator("#status")
    expect(status).to_contain_text(f"{words} word" if words else "word", timeout=LONG)
    return page.locator("#tagged")


def until(page, condition):
    """Waits without Playwright's `expect`, which looks at every word of the page each time."""
    for _ in range(LONG // 100):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.locator("#status").inner_text())


def spans(result):
    """The text and the label of each span."""
    found = []
    for mark in result.locator("mark:not(.x)").all():
        text = mark.evaluate(
            """mark => {
                const text = (each) => [...each.childNodes].map((node) => node.nodeType === 3 ? node.data :
                    ["SUB", "B", "I"].includes(node.tagName) ? "" : text(node)).join("");
                const before = mark.parentElement.previousSibling ?? mark.previousSibling;
                const cut = mark.classList.contains("k") ? text(mark.closest(".s").querySelector("mark.x")) : "";
                return cut + text(mark);
            }"""
        )
        found.append((text, mark.locator("b").inner_text()))
    return found


def text_of(result):
    """The text of the result without its tags."""
    return result.evaluate(
        """result => {
            const copy = result.cloneNode(true);
            copy.querySelectorAll("sub, b, .p").forEach((each) => each.remove());
            return [...copy.children].map((each) => each.textContent).join("\\n\\n");
        }"""
    )


def test_text_is_tagged_while_it_is_typed(open_page, tiny):
    page = open_page()
    page.locator("#text").press_sequentially("Ada Lovelace sees New York.", delay=15)
    result = tagged(page, 6)
    (sentence,) = tiny("Ada Lovelace sees New York.")
    assert [word.inner_text().split("\n") for word in result.locator(".w").all()] == [
        [word, tag] for word, tag in zip(sentence.words, sentence.tags["upos"], strict=True)
    ]
    assert spans(result) == [(span.text, span.label) for span in sentence.spans("ner")]
    page.locator("#text").press_sequentially(" She left!", delay=15)
    assert text_of(tagged(page, 9)) == "Ada Lovelace sees New York. She left!"
    page.locator("#text").fill("")
    expect(result.locator("p")).to_have_count(0)
    expect(page.locator("#status")).to_have_text("")


def test_an_older_answer_never_replaces_a_newer_one(open_page):
    page = open_page()
    expect(page.locator("#model")).to_have_value("tiny")
    held = []

    def delay(route):
        if "Ada" in route.request.post_data:
            held.append(route)  # for as long as the next one is not answered
        else:
            route.continue_()

    page.route("**/v1/tag", delay)
    with page.expect_request("**/v1/tag"):
        page.locator("#text").fill("Ada left.")
    page.locator("#text").fill("She left.")
    result = tagged(page, 3)
    for route in held:
        route.abort()
    assert text_of(result) == "She left."


def test_only_what_changed_is_sent_again(open_page):
    page = open_page()
    page.locator("#text").fill(TEXT)
    tagged(page)
    kept = page.locator("#tagged p").first.element_handle()
    with page.expect_request("**/v1/tag") as sent:
        page.locator("#text").fill(TEXT.replace("too", "now"))
    assert sent.value.post_data_json["texts"] == ["The dog likes Paris 😀 now."]
    expect(page.locator("#tagged")).to_contain_text("now")
    assert kept.evaluate("element => element.isConnected")


def test_emoji_and_lines_keep_their_places(open_page, tiny):
    page = open_page()
    page.locator("#text").fill(TEXT + " 👩‍🚀 Ada saw 👍🏽 New York.")
    result = tagged(page)
    assert text_of(result) == TEXT + " 👩‍🚀 Ada saw 👍🏽 New York."
    words = [word.evaluate("word => word.firstChild.data") for word in result.locator(".w").all()]
    assert words == [word for sentence in tiny(TEXT + " 👩‍🚀 Ada saw 👍🏽 New York.") for word in sentence.words]
    assert result.locator(".s").nth(1).evaluate("each => each.previousSibling.data") == "\n"


def test_markup_in_the_text_is_text(open_page):
    page = open_page()
    attack = "<script>alert(1)</script> <img src=x onerror=alert(2)> & \"Ada\" 'left' </mark> \x07."
    page.locator("#text").fill(attack)
    result = tagged(page)
    assert text_of(result) == attack.replace("\x07", "‹U+0007›")
    assert result.locator("script, img").count() == 0
    page.get_by_label("Table", exact=True).check()
    assert page.locator("#table script, #table img").count() == 0


def test_right_to_left_text_stands_right(open_page):
    page = open_page()
    page.locator("#text").fill("דוד קרא את New York Times.\n\nAda left.")
    result = tagged(page)
    first, second = result.locator("p").all()
    directions = [each.evaluate("each => getComputedStyle(each).direction") for each in (first, second)]
    assert directions == ["rtl", "ltr"]
    boxes = {word.evaluate("word => word.firstChild.data"): word.bounding_box() for word in first.locator(".w").all()}
    assert boxes["דוד"]["x"] > boxes["קרא"]["x"] > boxes["New"]["x"]
    assert boxes["New"]["x"] < boxes["York"]["x"] < boxes["Times"]["x"] < boxes["את"]["x"]
    edge = first.bounding_box()
    assert abs(edge["x"] + edge["width"] - boxes["דוד"]["x"] - boxes["דוד"]["width"]) < 2


def test_probabilities_are_told_by_pointer_and_keyboard(open_page, tiny):
    page = open_page()
    page.locator("#text").fill("Ada sees Paris.")
    result = tagged(page, 4)
    details = page.get_by_role("tooltip")
    expect(details).to_be_hidden()
    result.locator(".w").first.hover()
    ((tag, probability), (other, _), *_) = tiny("Ada sees Paris.")[0][0].top("upos", 3)
    expect(details).to_contain_text(f"{100 * probability:.1f} %")
    expect(details).to_contain_text(tag)
    expect(details).to_contain_text(other)
    result.locator("mark b").first.hover()
    expect(details).to_contain_text("PER")
    page.locator("#text").focus()
    expect(details).to_be_visible()  # the pointer is still there
    page.mouse.move(1, 1)
    expect(details).to_be_hidden()
    result.locator(".w").first.focus()
    expect(details.locator(".word")).to_have_text("Ada")
    assert page.locator(":focus").get_attribute("aria-describedby") == "details"
    page.keyboard.press("ArrowRight")
    expect(details.locator(".word")).to_have_text("sees")
    page.keyboard.press("End")
    expect(details.locator(".word")).to_have_text(".")
    assert result.locator("[tabindex='0']").count() == 1
    outline = page.locator(":focus").evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Escape")
    expect(details).to_be_hidden()


def test_tasks_and_the_table_are_chosen(open_page, tiny):
    page = open_page()
    page.locator("#text").fill("Ada sees Paris.")
    result = tagged(page, 4)
    page.get_by_label("ner").uncheck()
    expect(result.locator("mark")).to_have_count(0)
    expect(result.locator("sub")).to_have_count(4)
    page.get_by_label("ner").check()
    page.get_by_label("upos").uncheck()
    expect(result.locator("mark")).to_have_count(2)
    expect(result.locator("sub")).to_have_count(0)
    page.get_by_label("upos").check()
    page.get_by_label("Table", exact=True).check()
    expect(result).to_be_hidden()
    rows = [row.locator("th, td").all_inner_texts() for row in page.locator("tbody tr").all()]
    (sentence,) = tiny("Ada sees Paris.")
    assert [(row[0], row[1], row[3]) for row in rows] == [
        (token.text, token["upos"], token["ner"]) for token in sentence
    ]


def test_models_are_chosen(start, tiny_model, open_page):
    with start("--model", tiny_model, "--model", "english") as server:
        page = open_page(url=server.url, allowed=["ERR_CONNECTION_REFUSED"])
        page.locator("#text").fill("Ada doesn't see Paris.")
        tagged(page, 6)
        expect(page.locator("#tagged sub")).to_have_count(6)
        expect(page.get_by_label("xpos")).to_have_count(0)
        page.get_by_label("Model").select_option("english")
        expect(page.get_by_label("xpos")).to_be_visible()
        expect(page.locator("#tagged sub")).to_have_count(12)
        assert text_of(page.locator("#tagged")) == "Ada doesn't see Paris."
        words = [word.evaluate("word => word.firstChild.data") for word in page.locator("#tagged .w").all()]
        assert words == ["Ada", "does", "n't", "see", "Paris", "."]  # two words of one token


def test_the_answer_is_copied_as_json_and_conllu(open_page, client, tiny):
    page = open_page()
    page.locator("#text").fill(TEXT)
    tagged(page)
    body = {"text": TEXT, "scores": True, "top": 3}
    page.get_by_role("button", name="Copy JSON").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert json.loads(copied) == client.post("/v1/tag", json=body).json()["sentences"]
    page.get_by_role("button", name="Copy CoNLL-U").click()
    expect(page.locator("#copy-conllu")).to_have_text("Copied")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == client.post("/v1/tag", json=body, headers={"Accept": "application/x-conllu"}).text


def test_a_link_holds_the_text_where_no_server_sees_it(open_page, server):
    page = open_page()
    page.locator("#text").fill("Ada & Lovelace = 100 % 😀\n#left?")
    tagged(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copy-link")).to_have_text("Copied")
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link == server.url + "/#text=" + quote("Ada & Lovelace = 100 % 😀\n#left?", safe="!~*'()")
    addresses = []
    other = open_page()
    other.on("request", lambda request: addresses.append(request.url))
    other.goto("about:blank")
    other.goto(link)
    expect(other.locator("#text")).to_have_value("Ada & Lovelace = 100 % 😀\n#left?")
    tagged(other)
    assert not any("Lovelace" in address.split("#")[0] for address in addresses)


def test_twenty_thousand_words_stay_usable(open_page):
    page = open_page()
    sentences = ["Ada Lovelace sees New York.", "The old dog likes a cat, she left Paris!"]
    text = "\n\n".join(" ".join(sentences * 5) for _ in range(240))  # 16 words five times in a paragraph
    assert 19_000 < len(re.findall(r"\w+|[^\w\s]", text)) < 22_000
    page.locator("#text").fill(text)
    result = page.locator("#tagged")
    until(page, lambda: result.locator("mark").count())
    assert result.locator("p.waiting").count()  # the beginning comes first
    page.locator("#text").press("End")
    until(page, lambda: "words" in page.locator("#status").inner_text())
    assert result.locator("p.waiting").count() == 0
    with page.expect_request("**/v1/tag") as sent:
        page.locator("#text").press_sequentially(" Ada left.")
    assert len(sent.value.post_data) < 2000  # only the paragraph that changed
    page.get_by_label("Table", exact=True).check()
    until(page, lambda: page.locator("tbody tr").count() == 300)
    page.locator("button.more").click()
    until(page, lambda: page.locator("tbody tr").count() == 600)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_in_both_schemes(open_page, scheme):
    page = open_page(viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True)
    page.locator("#text").fill("Ada Lovelace sees " + "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2)
    result = tagged(page)
    for view in ("Text", "Table"):
        page.get_by_label(view, exact=True).last.check()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.get_by_label("Text", exact=True).last.check()
    result.locator(".w").last.tap()
    box = page.get_by_role("tooltip").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    color = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert color == {"light": "rgb(247, 246, 242)", "dark": "rgb(21, 24, 28)"}[scheme]
    page.get_by_role("button", name="System colours").click()
    page.get_by_role("button", name="Light colours").click()
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 28)"
    page.reload()
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 28)"


def test_a_server_that_is_busy_or_away_is_said_and_asked_again(open_page):
    page = open_page(allowed=["429", "ERR_FAILED", "413"])
    expect(page.locator("#model")).to_have_value("tiny")
    answers = ["busy", "away"]

    def answer(route):
        kind = answers.pop(0) if answers else ""
        if kind == "away":
            route.abort()
        elif kind:
            error = {"error": {"code": kind, "message": f"it is {kind}", "where": ""}}
            route.fulfill(status={"busy": 429, "too_long": 413}[kind], headers={"Retry-After": "1"}, json=error)
        else:
            route.continue_()

    page.route("**/v1/tag", answer)
    page.locator("#text").fill("Ada left.")
    expect(page.get_by_role("alert")).to_contain_text("trying again")
    tagged(page, 3)
    expect(page.get_by_role("alert")).to_be_hidden()
    answers.append("too_long")
    page.locator("#text").fill("She left.")
    expect(page.get_by_role("alert")).to_have_text("it is too_long")
    page.locator("#text").fill("She sees Ada.")
    tagged(page, 4)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_colours_of_labels_are_those_of_the_format_html(open_page):
    from tagger.text.colors import label_number

    page = open_page()
    labels = ["PER", "person", "LOC", "ORG", "MISC", "NP", "VP", "GPE", "Ünknown", "x", "тест", "😀"]
    script = (
        "async (labels) => { const { labelNumber } = await import('/page/words.js'); return labels.map(labelNumber); }"
    )
    assert page.evaluate(script, labels) == [label_number(label) for label in labels]


def test_elements_are_those_of_the_format_html(open_page, client, read_html):
    text = 'Ada Lovelace sees (New York), "Paris" and more.\nShe left!\n\nדוד sees New York.'
    page = open_page()
    page.locator("#text").fill(text)
    result = tagged(page)
    body = {"text": text}
    written = read_html(client.post("/v1/tag", json=body, headers={"Accept": "text/html"}).text)
    shown = read_html(f"<div>{result.evaluate('result => result.innerHTML')}</div>".replace("</p>", ""))
    assert [(each.text, each.words, each.spans) for each in shown.sentences] == [
        (each.text, each.words, each.spans) for each in written.sentences
    ]

    assert [len(paragraph) for paragraph in written.paragraphs] == [0, 2, 1]

    def classes(read):
        return [
            (tag, attributes.get("class", ""))
            for tag, attributes in read.attributes
            if tag in ("span", "mark", "b", "sub")
        ]

    assert classes(shown) == classes(written)


def test_everything_has_a_name_for_screen_readers(open_page):
    page = open_page()
    page.locator("#text").fill("Ada left.")
    tagged(page)
    for control in page.locator("button, input, select, textarea, [role=region], progress").all():
        assert control.evaluate("each => each.ariaLabel || each.labels?.length || each.textContent.trim()")
    assert page.locator("#status").get_attribute("role") == "status"
    assert page.locator("html").get_attribute("lang") == "en"
