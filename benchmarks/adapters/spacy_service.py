"""spaCy behind HTTP as one writes it first: FastAPI, and the pipeline called for each request.

python benchmarks/adapters/spacy_service.py MODEL PORT
"""

import sys

import spacy
import uvicorn
from fastapi import Body, FastAPI

nlp = spacy.load(sys.argv[1])
app = FastAPI()


@app.get("/readyz")
def ready() -> str:
    """Answer: the pipeline is loaded."""
    return "ready"


@app.post("/tag")
def tag(text: str = Body(embed=True)) -> list[dict[str, str | int]]:
    """Return the words of a text with their places and tags."""
    return [
        {"text": token.text, "start": token.idx, "end": token.idx + len(token), "tag": token.tag_}
        for doc in nlp.pipe([text])
        for token in doc
    ]


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
