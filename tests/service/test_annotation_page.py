"""The annotation page in a real browser, with a server that is killed while somebody works."""

import json
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tagger.annotation.answer_log import read_answers

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[dev]'")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here: apt install chromium"),
]
expect = playwright.expect
LONG = 20_000  # milliseconds that a slow machine may need
TEXT = "Ada Lovelace left London.\n\nReading beat Bath <b>.\n\nShe likes 😀 trees.\n"


class AnnotationServer:
    """`tagger annotate serve` in a process of its own."""

    def __init__(self, folder, port, *files):
        self.log = folder / "log"
        command = [sys.executable, "-m", "tagger", "annotate", "serve", *files, "--output", folder / "project"]
        command += ["--annotator", "ada", "--tasks", "ner,upos", "--port", port]
        with self.log.open("w") as said:
            self.process = subprocess.Popen([*map(str, command)], stdout=said, stderr=said)
        end = time.monotonic() + 60
        while " at http://" not in self.log.read_text():
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)
        self.url = self.log.read_text().split(" at ")[-1].split()[0]

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(15)


def test_spans_and_tags_are_corrected_by_keys_and_a_killed_server_loses_nothing(tmp_path):
    (tmp_path / "texts.txt").write_text(TEXT, encoding="utf-8")
    server = AnnotationServer(tmp_path, 0, tmp_path / "texts.txt")
    answers = tmp_path / "project" / "answers" / "ada.jsonl"
    port = server.url.rpartition(":")[2]
    try:
        with playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            wrong = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.goto(server.url)

            def press(*keys):
                for key in keys:
                    page.keyboard.press(key)

            def spans():
                marks = page.locator("#excerpt mark").all()
                return [
                    (" ".join(each.locator(".w").all_inner_texts()), each.locator("b").inner_text()) for each in marks
                ]

            place, excerpt = page.locator("#place"), page.locator("#excerpt")
            expect(place).to_have_text("1 of 3", timeout=LONG)
            assert spans() == [("Ada Lovelace", "PER"), ("London", "LOC")]
            labels = [each.inner_text().split() for each in page.locator("#labels button").all()]
            assert labels == [["LOC", "1"], ["ORG", "2"], ["PER", "3"]]

            press("2")  # the whole span of the word becomes an organisation
            assert spans() == [("Ada Lovelace", "ORG"), ("London", "LOC")]
            press("ArrowRight", "Delete")
            assert spans() == [("London", "LOC")]
            press("Control+z", "Control+z")
            assert spans() == [("Ada Lovelace", "PER"), ("London", "LOC")]
            press("Enter")
            expect(place).to_have_text("2 of 3", timeout=LONG)
            assert read_answers(answers)[0].tags["ner"] == ["B-PER", "I-PER", "O", "B-LOC", "O"]

            assert excerpt.inner_text().startswith("Reading")
            assert "<b>" in excerpt.inner_text().replace(" ", "").replace("\n", "")  # markup of the text is text
            press("Delete", "2", "ArrowRight", "ArrowRight", "Delete", "2")
            assert [each for each in spans() if each[1] == "ORG"] == [("Reading", "ORG"), ("Bath", "ORG")]
            press("Home", "Shift+ArrowRight", "Shift+ArrowRight", "3")  # over both: they become one
            assert spans()[0] == ("Reading beat Bath", "PER")
            press("Control+z", ",")  # and to the other task
            excerpt.locator(".w").first.click()
            page.get_by_role("button", name="PROPN").click()
            expect(excerpt.locator("sub").first).to_have_text("PROPN", timeout=LONG)

            server.end(signal.SIGKILL)
            press("Enter")
            expect(page.locator("#trouble")).to_contain_text(
                "The server does not answer. Nothing is lost", timeout=LONG
            )
            server = AnnotationServer(tmp_path, port)
            assert "ada has answered 1 of 3" in server.log.read_text()
            press("Enter")
            expect(place).to_have_text("3 of 3", timeout=LONG)
            second = read_answers(answers)[1].tags
            assert (second["ner"][:3], second["upos"][0]) == (["B-ORG", "O", "B-ORG"], "PROPN")

            press(".")  # left out
            expect(page.locator("#status")).to_have_text("All are answered. You can close the page.", timeout=LONG)
            press("Control+z")  # which takes the answer back
            expect(place).to_have_text("3 of 3", timeout=LONG)
            press("Control+z")  # and the one before, with its changes
            expect(place).to_have_text("2 of 3", timeout=LONG)
            expect(excerpt.locator("sub").first).to_have_text("PROPN", timeout=LONG)
            assert set(read_answers(answers)) == {0}
            page.reload()
            expect(place).to_have_text("2 of 3", timeout=LONG)  # the first that has no answer
            press("ArrowUp")
            expect(place).to_have_text("1 of 3, accepted", timeout=LONG)
            assert wrong == []
            browser.close()
    finally:
        server.end()
    assert server.log.read_text().endswith("ada has answered 1 of 3; the same command goes on from there\n")
    assert [json.loads(line)["answer"] for line in answers.read_text().splitlines()] == [
        "accept",
        "accept",
        "skip",
        "undo",
        "undo",
    ]
