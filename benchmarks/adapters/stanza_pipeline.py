"""Stanza's tagger."""

from collections.abc import Iterable
from pathlib import Path

from adapters.interfaces import CORPUS, DEV, SpeedAdapter, as_line


class Stanza(SpeedAdapter):
    """Stanza's tagger, without vectors or a language model.

    Its own tokenizer would have to be trained, so plain text is split by the other one that it offers, spaCy's.
    """

    title = "Stanza, tagger"
    packages = ("stanza", "spacy")
    note = "pip install stanza"
    hidden = ("tensorflow",)
    is_slow = True

    def __init__(self, folder: Path, given_tokens: bool) -> None:
        import stanza

        self.nlp = stanza.Pipeline(
            "en",
            dir=str(folder),
            download_method=None,
            allow_unknown_language=True,
            package=None,
            processors="tokenize,pos",
            tokenize_pretokenized=given_tokens,
            tokenize_with_spacy=not given_tokens,
            pos_model_path=str(folder / "model.pt"),
            pos_pretrain_path=None,
            pos_batch_size=250,  # Stanza's default, which training lowers
            use_gpu=False,
            verbose=False,
        )

    @staticmethod
    def train(corpus: Path, folder: Path) -> None:
        from stanza.models import tagger

        files = ["--train_file", str(corpus / CORPUS), "--eval_file", str(corpus / DEV)]
        names = ["--lang", "en", "--shorthand", "en_corpus", "--save_dir", str(folder), "--save_name", "model.pt"]
        steps = ["--no_pretrain", "--cpu", "--batch_size", "32", "--max_steps", "3", "--eval_interval", "3"]
        tagger.main([*files, *names, *steps])
        (folder / "resources.json").write_text("{}", encoding="utf-8")  # the list of downloadable files

    def text(self, paragraphs: Iterable[str]) -> int:
        return sum(document.num_words for document in self.nlp.bulk_process(list(paragraphs)))

    def tokens(self, sentences: list[list[str]]) -> int:
        return self.nlp(sentences).num_words

    def one(self, text: str) -> str:
        return as_line((word.text, word.upos) for word in self.nlp(text).iter_words())
