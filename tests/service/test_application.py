"""What the service answers, asked over HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.text.render import render

TEXT = "Ada Lovelace sees New York. She left!\n\nThe dog likes Paris 😀 too."
TEXTS = [TEXT, "", "She left.", "The old tree " * 40]


def rendered(tagger, sentences, format="json", **options):
    return "".join(render(sentences, format, tagger.tasks, tagger.span_tasks, **options))


def tag(client, body, **headers):
    answer = client.post("/v1/tag", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("options", [{}, {"scores": True}, {"top": 2}])
def test_sentences_are_those_that_the_command_writes(client, tiny, options):
    answer = tag(client, {"text": TEXT, **options})
    assert answer.json() == {"model": "tiny", "sentences": json.loads(rendered(tiny, tiny(TEXT), **options))}
    texts = tag(client, {"texts": TEXTS, **options}).json()["texts"]
    assert texts == [{"sentences": json.loads(rendered(tiny, tiny(text), **options))} for text in TEXTS]
    words = [["Ada", "left", "."], [], ["She", "😀"]]
    expected = json.loads(rendered(tiny, tiny.tag(words), **options))
    assert tag(client, {"sentences": words, **options}).json() == {"model": "tiny", "sentences": expected}


@pytest.mark.parametrize(
    ("accept", "format"),
    [("text/x-conllu", "conllu"), ("application/x-conllu", "conllu"), ("text/tab-separated-values", "columns")],
)
def test_other_formats_are_those_that_the_command_writes(client, tiny, accept, format):
    answer = tag(client, {"text": TEXT, "scores": True, "top": 2}, accept=accept)
    assert answer.text == rendered(tiny, tiny(TEXT), format, scores=True, top=2)
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"


def test_texts_are_documents_in_conllu(client):
    lines = tag(client, {"texts": ["She left. Ada left.", "She left."]}, accept="text/x-conllu").text.splitlines()
    comments = [line for line in lines if line.startswith("# newdoc") or line.startswith("# sent_id")]
    assert comments == ["# newdoc id = 1", *(f"# sent_id = {n}" for n in (1, 2)), "# newdoc id = 2", "# sent_id = 3"]


def test_plain_text_has_its_options_in_the_query(client):
    expected = tag(client, {"text": TEXT, "tasks": ["ner"], "scores": True}).json()
    headers = {"content-type": "text/plain; charset=UTF-8"}
    answer = client.post("/v1/tag?tasks=ner&scores=true", content=TEXT.encode(), headers=headers)
    assert answer.json() == expected
    assert {"text", "start", "end", "ner", "score"} == set(expected["sentences"][0]["tokens"][0])


def test_tasks_are_those_that_are_asked_for(client):
    sentence = tag(client, {"text": TEXT, "tasks": ["upos"]}).json()["sentences"][0]
    assert sentence["spans"] == {} and "ner" not in sentence["tokens"][0]


texts_of_strangers = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("😀🇩é\u0301 .\n\u202e\0")))


@settings(max_examples=25)
@given(texts_of_strangers)
def test_offsets_index_the_text(client, text):
    counted = {
        "characters": lambda start, end: text[start:end],
        "utf-16": lambda start, end: text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le"),
    }
    for offsets, at in counted.items():
        for sentence in tag(client, {"text": text, "offsets": offsets}).json()["sentences"]:
            spans = [span for spans in sentence["spans"].values() for span in spans]
            for each in [sentence, *sentence["tokens"], *spans]:
                assert at(each["start"], each["end"]) == each["text"]


def test_spans_under_a_score_are_left_out_where_a_client_asks_for_it(client):
    def spans(**options):
        answer = tag(client, {"text": "Ada Lovelace sees Paris.", "tasks": ["ner"], **options}).json()
        return [span for sentence in answer["sentences"] for span in sentence["spans"]["ner"]]

    scored = spans(scores=True)
    assert scored and not any("score" in span for span in spans(min_score=0.001))
    least = max(span["score"] for span in scored) - 0.001
    assert spans(min_score=least, scores=True) == [span for span in scored if span["score"] >= least]
    assert spans(min_score=1) == []


def test_offsets_of_sentences_of_words_count_from_the_beginning_of_each(client):
    body = {"sentences": [["😀", "Ada"], ["Ada"]], "offsets": "utf-16"}
    sentences = tag(client, body).json()["sentences"]
    assert [[token["start"] for token in sentence["tokens"]] for sentence in sentences] == [[0, 3], [0]]


def test_halves_of_surrogate_pairs_come_back(client):
    answer = client.post(
        "/v1/tag", content=b'{"text": "Ada \\ud83d left"}', headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200 and "\\ud83d" in answer.text
    token = answer.json()["sentences"][0]["tokens"][1]
    assert (token["text"], token["start"], token["end"]) == ("\ud83d", 4, 5)


def test_clients_that_ask_at_the_same_time_get_what_one_alone_gets(server, tiny):
    texts = [f"Ada sees {what} {number}. She left." for number in range(30) for what in ("Paris", "the dog 😀")]
    texts[7] = texts[7] * 1500  # a large one among them
    expected = [json.loads(rendered(tiny, tiny(text))) for text in texts]

    with server.client() as client, ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda text: tag(client, {"text": text}).json()["sentences"], texts))
        numbers = client.get("/metrics").text
    assert answers == expected
    assert 'tagger_batch_requests_bucket{le="1"}' in numbers


def test_an_error_of_one_request_is_no_other_ones(server, tiny):
    wrong = {"sentences": [["a\tb"]]}
    with server.client() as client, ThreadPoolExecutor(8) as threads:
        asked = [
            threads.submit(client.post, "/v1/tag", json=body, headers={"accept": "text/x-conllu"})
            for body in [{"text": "She left."}, wrong] * 10
        ]
    assert [each.result().status_code for each in asked] == [200, 422] * 10


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/page/../application.py", 404, "not_found"),
        ("GET", "/page/%2e%2e/application.py", 404, "not_found"),
        ("GET", "/v1/models/none/card", 404, "unknown_model"),
        ("GET", "/v1/tag", 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("PUT", "/v1/tag/stream", 405, "method_not_allowed"),
        ("POST", "/v1/tag", 415, "unsupported_media_type"),
    ],
)
def test_errors_have_one_shape(client, method, path, status, code):
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert set(answer.json()) == {"error"} and set(answer.json()["error"]) == {"code", "message", "where"}
    assert answer.json()["error"]["code"] == code
    assert status != 405 or "OPTIONS" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"text": "a", "model": "none"}, 404, "model"),
        ({"text": "a", "tasks": ["upos", "none"]}, 422, "tasks"),
        ({"text": 1}, 422, "text"),
    ],
)
def test_what_a_model_does_not_have_is_an_error(client, body, status, where):
    answer = client.post("/v1/tag", json=body)
    assert (answer.status_code, answer.json()["error"]["where"]) == (status, where)


def test_an_answer_of_another_media_type_is_an_error(client):
    assert client.post("/v1/tag", json={"text": "a"}, headers={"accept": "image/png"}).status_code == 406
    headers = {"content-type": "text/plain; charset=latin-1"}
    assert client.post("/v1/tag", content=b"a", headers=headers).status_code == 415


def test_the_examples_of_the_description_are_answered_as_it_says(client):
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    operation = document["paths"]["/v1/tag"]["post"]
    content = operation["requestBody"]["content"]
    for example in content["application/json"]["examples"].values():
        answer = tag(client, example["value"])
        matches(answer.json(), operation["responses"]["200"]["content"]["application/json"]["schema"], schemas)
    answer = client.post("/v1/tag", content=content["text/plain"]["example"], headers={"content-type": "text/plain"})
    matches(answer.json(), {"$ref": "#/components/schemas/Answer"}, schemas)
    for path, methods in document["paths"].items():
        if "get" in methods:
            found = client.get(path.replace("{name}", "tiny"))
            media_type, described = next(iter(methods["get"]["responses"]["200"]["content"].items()))
            assert found.status_code == 200 and found.headers["content-type"].startswith(media_type)
            if media_type == "application/json":
                matches(found.json(), described["schema"], schemas)
                matches(described["example"], described["schema"], schemas)
    stream = document["paths"]["/v1/tag/stream"]["post"]["requestBody"]["content"]["text/plain"]["example"]
    assert len(client.post("/v1/tag/stream", content=stream).text.splitlines()) == stream.count("\n")
    error = operation["responses"]["422"]["content"]["application/json"]
    matches(client.post("/v1/tag", json={"texts": ["a", 1]}).json(), error["schema"], schemas)
    assert client.post("/v1/tag", json={"texts": ["a", 1]}).json() == error["example"]


def matches(value, schema, schemas):
    """Asserts that a value is as a schema says, by the few words that the description uses."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "oneOf" in schema and "type" not in schema:
        kinds = [schemas[each["$ref"].rpartition("/")[2]] for each in schema["oneOf"]]
        (schema,) = (kind for kind in kinds if set(kind["required"]) <= set(value))
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": float, "boolean": bool}
    assert isinstance(value, types[schema["type"]]), (value, schema)
    assert set(schema.get("required", ())) <= set(value) if isinstance(value, dict) else True
    for key, inner in schema.get("properties", {}).items():
        if key in value:
            matches(value[key], inner, schemas)
    if schema["type"] == "array":
        for each in value:
            matches(each, schema["items"], schemas)
    if isinstance(schema.get("additionalProperties"), dict):
        for each in value.values():
            matches(each, schema["additionalProperties"], schemas)


def test_models_and_their_cards(client, tiny, tiny_model):
    description = client.get("/v1/models").json()
    (model,) = description["models"]
    assert (description["default"], model["name"]) == ("tiny", "tiny")
    assert {task: table["tags"] for task, table in model["tasks"].items()} == {
        task: list(tags) for task, tags in tiny.tags.items()
    }
    card = client.get(model["card"])
    assert card.headers["content-type"] == "text/markdown; charset=utf-8"
    assert card.text.startswith("# tiny") and str(tiny_model.parent) not in card.text


def test_the_page_asks_no_other_host(client):
    page = client.get("/")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert page.headers["referrer-policy"] == "no-referrer" and page.text == client.get("/page/index.html").text
    for path in ("/", "/v1/models", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff" and "server" not in headers


def test_health_and_numbers(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.head("/healthz").text == ""
    numbers = client.get("/metrics")
    assert numbers.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "tagger_connections " in numbers.text and "# TYPE tagger_tag_seconds histogram" in numbers.text


def test_pages_of_other_origins_read_answers_only_where_they_are_named(client):
    def allowed(origin):
        headers = {"origin": origin, "access-control-request-method": "POST"}
        asked = client.options("/v1/tag", headers=headers)
        assert asked.status_code == 204
        answer = client.post("/v1/tag", json={"text": "a"}, headers={"origin": origin})
        wrong = client.post("/v1/tag", json={}, headers={"origin": origin})
        return [each.headers.get("access-control-allow-origin") for each in (asked, answer, wrong)]

    assert allowed("https://example.org") == ["https://example.org"] * 3
    assert allowed("https://other.org") == [None] * 3


def test_an_error_of_the_service_says_nothing(monkeypatch, caplog):
    from tagger.service.collector import http_error

    try:
        raise KeyError("the text of a client")
    except KeyError as error:
        told = http_error(error)
    assert (told.status, told.code) == (500, "internal")
    assert "KeyError at test_application.py" in caplog.text
    assert "the text of a client" not in caplog.text + told.line


def test_a_small_request_is_not_behind_a_large_one(server, client):
    with ThreadPoolExecutor(1) as threads, server.client() as another:
        large = threads.submit(another.post, "/v1/tag", json={"text": "Ada Lovelace sees New York. " * 8_000})
        while "tagger_in_flight 1" not in client.get("/metrics").text:
            assert not large.done()
        for _ in range(3):
            assert tag(client, {"text": "She left."}).json()["sentences"]
            assert not large.done()
        assert len(large.result().json()["sentences"]) == 8_000
