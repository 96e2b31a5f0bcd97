"""JSON written without objects is what Python's encoder makes of the objects."""

import json
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.layout import Layout
from tagger.text.plain_json import plain_json
from tagger.text.probabilities import Probabilities
from tagger.text.render import json_content, json_line, json_object
from tagger.text.sentence import Sentence

ODD = 'a"\\\n\t\x00\x7fé\u2028\ud800😀%s{}'


@given(
    st.lists(st.text(st.sampled_from(ODD), max_size=4), max_size=6),
    st.sampled_from(["ner", "up%os", 'a"b', "start"]),
    st.booleans(),
    st.sampled_from(["", 'a"b.txt']),
)
def test_a_sentence_is_encoded_as_python_encodes_it(words, task, has_multiword, file):
    columns = {task: [ODD, "NOUN", "O", "", "O", "O"], "chunk": ["B-é", "I-é", "O", 'B-"', "O", "B-X"]}
    tags = {name: column[: len(words)] for name, column in columns.items()}
    made = Sentence.from_words(words, tags=tags, start=7)
    multiword = ((1, 2),) if has_multiword and len(words) > 2 else ()
    sentence = Sentence(
        made.words, made.starts, made.ends, made.space_after, made.text, 7, tags=made.tags, multiword=multiword
    )
    layout = Layout([task, "chunk", "absent"], ("chunk", "absent"), file=file)
    assert json_object(sentence, layout) == json_line(json_content(sentence, layout))
    generator = np.random.default_rng(len(words))
    probabilities = {
        name: Probabilities(
            {tag: place for place, tag in enumerate(sorted(set(column)))},
            generator.normal(size=(len(words), len(set(column)))).astype(np.float32),
        )
        for name, column in columns.items()
    }
    scored, layout = sentence.with_predictions(tags, probabilities), replace(layout, scores=True)
    assert json_object(scored, layout) == json_line(json_content(scored, layout))


def test_a_task_with_the_name_of_a_key_is_left_to_python():
    sentence = Sentence.from_words(["Ada"], tags={"start": ["NOUN"]})
    assert plain_json(sentence, ["start"], [], "") is None
    assert json.loads(json_object(sentence, Layout(["start"])))["tokens"] == [
        {"text": "Ada", "start": "NOUN", "end": 3}
    ]
