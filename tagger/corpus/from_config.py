"""The corpora that a configuration names, checked against it and each with its settings."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import combinations

from tagger.config.schema import Config, MixedCorpusConfig
from tagger.corpus.manifest import Manifest, Provenance, TaskInfo
from tagger.corpus.mixture import MixedCorpus
from tagger.errors import ConfigError, DataError
from tagger.text.scheme import SCHEME_PREFIXES, split_tag


def mixed_corpora(config: Config, manifests: Sequence[Manifest]) -> tuple[MixedCorpus, ...]:
    """The corpora of a training run, in the order of the configuration.

    `corpora` are the manifests of all corpora that the configuration names. Raises DataError or ConfigError where a
    corpus lacks what its settings ask for, where two corpora write the spans of a task in different schemes, and where
    no corpus has a task or a given layer.
    """
    for layer in config.given:
        if not any(layer in manifest.tasks for manifest in manifests):
            has = ", ".join(dict.fromkeys(name for manifest in manifests for name in manifest.tasks))
            raise DataError(
                f"{directories(manifests)}: [given.{layer}]: no '{layer}' there, only {has or 'nothing'}: convert "
                "again with that layer, or leave the section out"
            )
    tasks = list(config.tasks)
    learned = [task for task in tasks if task not in config.init.keep]  # the model that training begins with has others
    if not config.corpora:
        (manifest,) = manifests
        for task in learned:
            manifest.require_task(task)
        manifest.require("train")
        layers = {task: task for task in learned}
        return (MixedCorpus(manifest, tasks, layers, max_tokens=config.corpus.max_tokens),)
    corpora = tuple(
        _mixed(f"corpora.{number}", settings, tasks, learned, manifest)
        for number, (settings, manifest) in enumerate(zip(config.corpora, manifests, strict=True))
    )
    if not any(corpus.weight for corpus in corpora):
        raise ConfigError("[[corpora]]: every weight is 0, so that nothing is learned: give one of them a weight")
    for task in learned:
        if not any(task in corpus.layers for corpus in corpora):
            raise DataError(
                f"task '{task}' is in none of the corpora ({directories(manifests)}): say with 'tasks' "
                f'which layer it is, such as {{ {task} = "LAYER" }}, or leave it out with --tasks'
            )
        annotating = [corpus for corpus in corpora if task in corpus.layers]
        for one, other in combinations(annotating, 2):
            if _scheme(one, task) != _scheme(other, task):
                raise DataError(
                    f"task '{task}': its tags are {_scheme(one, task) or 'no spans'} in {one.manifest.place} and "
                    f"{_scheme(other, task) or 'no spans'} in {other.manifest.place}: they must be alike in all "
                    "corpora; convert one of them again, or give its layer a task of its own"
                )
    return corpora


def without_missing_tasks(config: Config, manifests: Sequence[Manifest]) -> Config:
    """The configuration without the optional tasks that no corpus has tags for in its train split.

    Raises DataError where no task is left.
    """
    every = dict(zip(config.tasks, config.tasks, strict=True))
    layers = [settings.tasks or every for settings in config.corpora] or [every]
    tasks = {
        task: settings
        for task, settings in config.tasks.items()
        if not settings.optional
        or any(
            named.get(task) in manifest.tasks and manifest.tasks[named[task]].counts("train")
            for named, manifest in zip(layers, manifests, strict=True)
        )
    }
    if not tasks:
        raise DataError(f"{directories(manifests)}: has none of the tasks {', '.join(config.tasks)}")
    return config if len(tasks) == len(config.tasks) else config.model_copy(update={"tasks": tasks})


def with_schemes(config: Config, manifests: Sequence[Manifest]) -> Config:
    """The configuration with the scheme that each task has in its corpora.

    Raises what `mixed_corpora` raises, and ConfigError where plain tags have a setting that is for spans.
    """
    corpora = mixed_corpora(config, manifests)
    tasks = {
        task: settings.model_copy(
            update={"scheme": next(_scheme(corpus, task) for corpus in corpora if task in corpus.layers) or ""}
        )
        if any(task in corpus.layers for corpus in corpora)
        else settings  # one that is kept has the scheme of the model that training begins with
        for task, settings in config.tasks.items()
    }
    for task, settings in tasks.items():
        for key in ("miss_cost", "confusion_cost", "replace_spans"):
            if getattr(settings, key) and not settings.scheme:
                raise ConfigError(
                    f"tasks.{task}.{key} is for spans, whose tags are O where there is none, but {task} has plain "
                    "tags: leave it out"
                )
    replacing = [task for task, settings in tasks.items() if settings.replace_spans]
    if len(replacing) > 1:
        raise ConfigError(
            f"tasks.{replacing[1]}.replace_spans: the spans of '{replacing[0]}' are replaced already, and those of one "
            "task alone can be: leave it out of one of them"
        )
    return config.model_copy(update={"tasks": tasks})


def directories(manifests: Sequence[Manifest]) -> str:
    """The folders of corpora, as a list for messages."""
    return ", ".join(corpus.place for corpus in manifests)


def corpus_checksum(manifests: Sequence[Manifest]) -> str:
    """A SHA-256 that identifies corpora by their splits, shards and shards' checksums."""
    shards = [
        [(split, shard.file, shard.sha256) for split, info in corpus.splits.items() for shard in info.shards]
        for corpus in manifests
    ]
    return sha256(repr(shards if len(shards) > 1 else shards[0]).encode()).hexdigest()


def provenance(corpora: Sequence[MixedCorpus]) -> Provenance:
    """The joint provenance of corpora, each name, source and licence once."""
    manifests = [corpus.manifest for corpus in corpora]
    return Provenance(
        _joined(corpus.label for corpus in corpora) if len(corpora) > 1 else manifests[0].name,
        _joined(manifest.source for manifest in manifests),
        _joined(manifest.licence for manifest in manifests),
    )


def _mixed(
    place: str, settings: MixedCorpusConfig, tasks: Sequence[str], learned: Sequence[str], manifest: Manifest
) -> MixedCorpus:
    """One of several corpora, with its settings.

    Of all `tasks`, those that are `learned` from corpora are taken where the settings name none. `place` names its
    table, such as `corpora.0`. Raises ConfigError where the settings do not fit the corpus.
    """
    where = f"{place} ({settings.path})"
    for task in (*settings.tasks, *settings.tags):
        if task not in tasks:
            raise ConfigError(f"{where}: task '{task}' is not learned: add [tasks.{task}], or leave it out there")
    for task, layer in settings.tasks.items():
        if layer not in manifest.tasks:
            raise ConfigError(
                f"{where}: no layer '{layer}' for task '{task}' in it; it has {', '.join(manifest.tasks) or 'none'}"
            )
    layers = settings.tasks or {task: task for task in learned if task in manifest.tasks}
    if not layers:
        raise ConfigError(
            f"{where}: none of the tasks {', '.join(learned)} in it; it has {', '.join(manifest.tasks) or 'none'}: say "
            "which of them is which task with 'tasks', or leave it out"
        )
    for task in settings.tags:
        if task not in layers:
            raise ConfigError(f"{where}: tags of '{task}' are renamed, but it is not used for that task")
    if settings.weight and "train" not in manifest.splits:
        raise ConfigError(f"{where}: no train split in it: weight = 0 only scores it")
    renamed = {
        task: _renamed(f"{where}: tags.{task}", names, manifest.tasks[layers[task]])
        for task, names in settings.tags.items()
    }
    return MixedCorpus(manifest, tasks, layers, renamed, settings.weight, settings.max_tokens, dev=settings.dev)


def _renamed(where: str, names: Mapping[str, str], layer: TaskInfo) -> dict[str, str]:
    """The tags of a layer that are renamed, with their new names.

    `names` has the labels of spans without prefix, so that both B- and I- tags change.
    """
    tags = {tag for counts in layer.tags.values() for tag in counts}
    label = (lambda tag: split_tag(tag)[1]) if layer.scheme else (lambda tag: tag)
    known = {label(tag) for tag in tags} - {""}
    for name in names:
        if name not in known:
            raise ConfigError(f"{where}: there is no '{name}' in it; it has {', '.join(sorted(known))}")
    for name in names.values():
        if layer.scheme and name[0] in SCHEME_PREFIXES["IOBES"] and name[1:2] == "-":
            raise ConfigError(f"{where}: name the label alone, '{name[2:]}' in place of '{name}'")

    def new_name(tag: str) -> str:
        name = names[label(tag)]
        return name if name == "O" or not layer.scheme else f"{split_tag(tag)[0]}-{name}"

    return {tag: new_name(tag) for tag in sorted(tags) if label(tag) in names}


def _scheme(corpus: MixedCorpus, task: str) -> str | None:
    return corpus.manifest.tasks[corpus.layers[task]].scheme


def _joined(names: Iterable[str]) -> str:
    """The names that are not empty, each once, separated by commas."""
    return ", ".join(dict.fromkeys(name for name in names if name))
