"""What the server of the annotation page answers, asked without a socket."""

import asyncio
import errno
import os

import httpx
import pytest

from tagger.annotation.annotate import AnnotateOptions, make_project
from tagger.annotation.annotation_project import AnnotationProject
from tagger.annotation.answer_log import AnswerLog, read_answers
from tagger.service.annotation_application import AnnotationApplication
from tagger.service.limits import Limits

TEXT = "Ada Lovelace left London. She likes trees.\n"
TAGS = {"upos": ["PROPN", "PROPN", "VERB", "PROPN", "PUNCT"], "ner": ["B-PER", "I-PER", "O", "B-LOC", "O"]}
NOW = {"excerpt": 0, "answer": "accept", "tags": TAGS}


@pytest.fixture
def project(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    options = AnnotateOptions(tasks=("upos", "ner"), labels=("CAR",))
    assert make_project([str(tmp_path / "a.txt")], tmp_path / "project", options) == 2
    return AnnotationProject(tmp_path / "project")


@pytest.fixture
def log(project):
    return AnswerLog(project.answers_file("ada"))


@pytest.fixture
def ask(project, log):
    """Sends one request to the application of a project, and returns the answer."""
    application = AnnotationApplication(project, log, "ada", Limits(max_bytes=10_000))

    def ask(method, address, **options):
        async def send():
            transport = httpx.ASGITransport(app=application)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                return await client.request(method, address, **options)

        return asyncio.run(send())

    return ask


def test_an_excerpt_is_shown_answered_and_taken_back(ask, project, log):
    described = ask("GET", "/v1/project").json()
    assert {key: described[key] for key in ("annotator", "count", "answered", "next")} == {
        "annotator": "ada",
        "count": 2,
        "answered": 0,
        "next": 0,
    }
    assert [(each["name"], each["spans"]) for each in described["tasks"]] == [("upos", False), ("ner", True)]
    assert described["tasks"][1]["labels"] == ["LOC", "ORG", "PER", "CAR"]
    first = ask("GET", "/v1/excerpts/0").json()
    assert "".join(word["text"] + word["after"] for word in first["words"]) == "Ada Lovelace left London."
    assert (first["tags"], first["predicted"], first["answer"]) == (TAGS, TAGS, None)
    corrected = {**TAGS, "ner": ["B-CAR", "O", "O", "O", "O"]}
    assert ask("POST", "/v1/answers", json={**NOW, "tags": corrected}).json() == {"answered": 1, "next": 1}
    assert read_answers(project.answers_file("ada"))[0].tags == corrected
    again = ask("GET", "/v1/excerpts/0").json()
    assert (again["tags"], again["predicted"], again["answer"]) == (corrected, TAGS, "accept")
    assert ask("POST", "/v1/answers", json={"excerpt": 1, "answer": "skip"}).json() == {"answered": 2, "next": None}
    assert ask("POST", "/v1/answers", json={"excerpt": 0, "answer": "undo"}).json() == {"answered": 1, "next": 0}
    assert ask("GET", "/v1/excerpts/0").json()["tags"] == TAGS
    assert set(log.answers) == {1}


def test_other_sites_and_pages_of_other_annotators_are_refused(ask, log):
    """A site may lead its own name to this machine (DNS rebinding); a page may be open since another's session."""
    rebound = {"host": "evil.example:8000", "origin": "http://evil.example:8000"}
    assert ask("GET", "/v1/excerpts/0", headers=rebound).status_code == 421
    assert ask("POST", "/v1/answers", json=NOW, headers=rebound).status_code == 421
    assert ask("GET", "/v1/project", headers={"host": "localhost:8000"}).status_code == 200
    assert ask("POST", "/v1/answers", json={**NOW, "annotator": "eve"}).status_code == 409
    assert log.answers == {}
    assert ask("GET", "/v1/excerpts/0000000001").status_code == 404


def test_what_cannot_be_an_answer_is_refused_and_not_written(ask, log):
    def refused(status, where, json=NOW, **options):
        answer = ask("POST", "/v1/answers", **({"json": json} | options))
        assert (answer.status_code, answer.json()["error"]["where"]) == (status, where)

    refused(422, "excerpt", {**NOW, "excerpt": 2})
    refused(422, "excerpt", {**NOW, "excerpt": True})
    refused(422, "answer", {**NOW, "answer": "perhaps"})
    refused(422, "tags", {**NOW, "tags": {**TAGS, "ner": ["O"]}})
    refused(422, "tags", {**NOW, "tags": [1]})
    refused(422, "body", [1])
    refused(400, "body", json=None, content=b"{", headers={"content-type": "application/json"})
    refused(413, "body", {**NOW, "tags": {"ner": ["O"] * 9000}})
    # What another page of the same browser may send: a form, or a request from elsewhere.
    refused(415, "Content-Type", json=None, content=b"{}", headers={"content-type": "text/plain"})
    refused(403, "Origin", headers={"origin": "http://evil.example"})
    assert ask("POST", "/v1/answers", json=NOW, headers={"origin": "http://127.0.0.1:8000"}).status_code == 200
    assert set(log.answers) == {0}


def test_an_answer_that_is_not_on_disk_is_not_said_to_be(ask, log, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = ask("POST", "/v1/answers", json=NOW)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "not_saved")
    assert "No space left on device" in answer.json()["error"]["message"]
    assert log.answers == {}


def test_the_page_and_what_is_not_there(ask):
    page = ask("GET", "/")
    assert "tagger annotate" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("annotate.js", "annotate.css", "words.js", "tagged.css"):
        assert ask("GET", f"/page/{name}").status_code == 200
    for method, address, status in (
        ("GET", "/v1/excerpts/2", 404),
        ("GET", "/v1/excerpts/-1", 404),
        ("GET", "/project/answers/ada.jsonl", 404),
        ("GET", "/v1/answers", 405),
        ("POST", "/", 405),
    ):
        assert ask(method, address).status_code == status, address
