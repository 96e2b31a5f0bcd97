"""Pages that MkDocs makes of the project: reference of commands, configuration and modules, and CONTRIBUTING.md."""

import ast
import html
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import ModuleType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pydantic import BaseModel
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from typer.core import TyperArgument, TyperOption

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # document this checkout, not an installed copy

CONFIGURATION = "reference/configuration.md"
LANGUAGE_MODEL = "reference/language-model.md"
COMMANDS = "reference/commands.md"
MODULES = "reference/modules.md"
CONTRIBUTING = "contributing.md"

TYPES = {int: "integer", float: "number", str: "string", bool: "true or false", Any: "any value"}
PLURALS = {int: "integers", float: "numbers", str: "strings", Any: "any values"}
PARAMETERS = {"int": "integer", "float": "number", "str": "text", "boolean": "flag", "path": "path"}
"""What typer's types of arguments and options are called on the page of commands."""
BOUNDS = {"ge": "at least {}", "gt": "above {}", "le": "at most {}", "lt": "below {}"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to the site."""
    pages = {
        CONFIGURATION: configuration_page(),
        LANGUAGE_MODEL: language_model_page(),
        COMMANDS: commands_page(),
        MODULES: modules_page(),
        CONTRIBUTING: contributing_page(),
    }
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    return files


def contributing_page() -> str:
    """CONTRIBUTING.md, with links to the pages that it names as `docs/PAGE.md`."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.sub(r"(?<!\[)`docs/([\w/]+\.md)`", r"[`docs/\1`](\1)", page)


def configuration_page() -> str:
    """Every table and key of a tagger's configuration, with type, default and docstring, from the schema's source."""
    from tagger.config.schema import Config

    about = (
        "Every table and key of the TOML file that `tagger train` reads, generated from the schema. "
        "Only `[tasks.NAME]` must be there. `--set TABLE.KEY=VALUE` on the command line changes one value, for example "
        "`--set training.epochs=3`. [Choosing and tuning a model](../tuning.md) says which settings to try first. "
        "A language model has [a configuration of its own](language-model.md)."
    )
    return page_of_keys("Configuration", about, Config)


def language_model_page() -> str:
    """Every table and key of the configurations of language models, as `configuration_page` has those of a tagger."""
    from tagger.config.pretraining_keys import CharacterModelConfig
    from tagger.config.word_model_keys import WordModelConfig

    about = (
        "Every table and key of the TOML file that `tagger pretrain` reads, generated from the schema. "
        "Only `text.unit` must be there: a model of characters and one of words have different keys. "
        "`--set TABLE.KEY=VALUE` on the command line changes one value, for example `--set training.epochs=3`. "
        "[Language models](../pretraining.md) says how one is trained and used."
    )
    lines = ["# Configuration of a language model", "", about, ""]
    for unit, root in (("characters", CharacterModelConfig), ("words", WordModelConfig)):
        lines += [f"## A model of {unit}", "", *tables_of_keys(root, level=3, prefix=f"{unit}-"), ""]
    return "\n".join(lines)


def page_of_keys(title: str, about: str, root: type[BaseModel]) -> str:
    """A page of every table and key of a configuration of the class `root`."""
    return "\n".join([f"# {title}", "", about, "", *tables_of_keys(root)]) + "\n"


def tables_of_keys(root: type[BaseModel], level: int = 2, prefix: str = "") -> list[str]:
    """Lines with every table and key of a configuration; `prefix` begins the anchor of each table."""
    from tagger.config import (
        init_keys,
        list_keys,
        pretraining_keys,
        recurrent_keys,
        rule_keys,
        schema,
        segmenter_keys,
        unlabelled_keys,
        word_inputs,
        word_model_keys,
    )

    taggers = (schema, recurrent_keys, word_inputs, list_keys, segmenter_keys, unlabelled_keys, init_keys, rule_keys)
    modules = (*taggers, pretraining_keys, word_model_keys)
    documented = {name: text for module in modules for name, text in docstrings(module).items()}
    lines = [f"{'#' * level} Top of the file", ""]
    top = {name: field for name, field in root.model_fields.items() if section_of(field) is None}
    lines += table(root, top, documented)
    for name, field in root.model_fields.items():
        section = section_of(field)
        if section is None:
            continue
        named = {"corpora": "[[corpora]]", **{kind: f"[{kind}.NAME]" for kind in ("tasks", "given", "lists")}}
        about = inspect.getdoc(section) or ""
        lines += ["", f"{'#' * level} `{named.get(name, f'[{name}]')}` {{ #{prefix}{name} }}", "", about, ""]
        lines += table(section, section.model_fields, documented)
    return lines


def table(section: type[BaseModel], fields: Mapping[str, FieldInfo], documented: Mapping[str, str]) -> list[str]:
    """Rows `| key | type | default | docstring |` of one table of the configuration."""
    rows = ["| key | type | default | what it does |", "| --- | --- | --- | --- |"]
    for name, field in fields.items():
        meaning = next(
            (
                documented[f"{owner.__name__}.{name}"]
                for owner in section.__mro__
                if f"{owner.__name__}.{name}" in documented
            ),
            "",
        )
        cells = [f"`{name}`", type_of(field), default_of(field), meaning]
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return rows


def docstrings(module: ModuleType) -> dict[str, str]:
    """The docstring of each field, by `Class.field`; a field without one takes that of its type's alias."""
    tree = ast.parse(inspect.getsource(module))
    aliases = {
        target.id: text
        for statement, text in _documented(tree.body)
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    found = {}
    for owner in tree.body:
        if not isinstance(owner, ast.ClassDef):
            continue
        own = {_target(statement): text for statement, text in _documented(owner.body)}
        for statement in owner.body:
            if isinstance(statement, ast.AnnAssign):
                name = _target(statement)
                alias = statement.annotation.id if isinstance(statement.annotation, ast.Name) else ""
                text = own.get(name) or aliases.get(alias)
                if text:
                    found[f"{owner.name}.{name}"] = " ".join(text.split())
    return found


def _documented(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Each statement that a string follows, with that string."""
    for statement, following in pairwise(body):
        match following:
            case ast.Expr(value=ast.Constant(value=str(text))) if isinstance(statement, ast.Assign | ast.AnnAssign):
                yield statement, text


def _target(statement: ast.stmt) -> str:
    target = statement.target if isinstance(statement, ast.AnnAssign) else None
    return target.id if isinstance(target, ast.Name) else ""


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The table that a field of the configuration holds, one of it or several."""
    kinds = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def type_of(field: FieldInfo) -> str:
    """What a value may be, in words: `integer, at least 1`."""
    return ", ".join([_type_name(field.annotation), *_bounds(field.metadata)])


def _type_name(annotation: Any) -> str:  # noqa: ANN401 (a type of any kind)
    origin, inside = get_origin(annotation), get_args(annotation)
    if annotation in TYPES:
        return TYPES[annotation]
    if hasattr(annotation, "__metadata__"):
        return ", ".join([_type_name(annotation.__origin__), *_bounds(annotation.__metadata__)])
    if origin is Literal:
        return " or ".join(f"`{value!r}`".replace("'", '"') for value in inside)
    if origin in (Union, UnionType):
        return " or ".join(map(_type_name, inside))
    if origin in (tuple, list):
        return f"list of {_plural(inside[0])}"
    if origin is dict:
        return f"table of {_plural(inside[1])}"
    raise TypeError(f"the reference of the configuration has no words for {annotation}")


def _plural(annotation: Any) -> str:  # noqa: ANN401 (a type of any kind)
    """What several values of a type are called, with the bounds of each: `integers, each at least 1`."""
    if annotation in PLURALS:
        return PLURALS[annotation]
    if hasattr(annotation, "__metadata__"):
        bounds = " and ".join(_bounds(annotation.__metadata__))
        return _plural(annotation.__origin__) + (f", each {bounds}" if bounds else "")
    if get_origin(annotation) is dict:
        return f"tables of {_plural(get_args(annotation)[1])}"
    return _type_name(annotation)


def _bounds(metadata: Any) -> list[str]:  # noqa: ANN401 (pydantic's and annotated_types' own)
    said = []
    for part in metadata:
        if isinstance(part, FieldInfo):
            said += _bounds(part.metadata)
            continue
        said += [words.format(number(getattr(part, name))) for name, words in BOUNDS.items() if hasattr(part, name)]
        if getattr(part, "min_length", None):
            said.append("not empty")
    return said


def number(value: float) -> str:
    """A number without exponent: `2,147,483,648`, `0.5`."""
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def default_of(field: FieldInfo) -> str:
    """The default as TOML writes it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value == {}:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{list(value)}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def commands_page() -> str:
    """Every command with its arguments and options, from the help texts of the command line."""
    from typer.core import TyperArgument, TyperGroup, TyperOption
    from typer.main import get_command

    from tagger.cli.app import app

    group = get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("the command line is no group of commands")
    context = group.make_context("tagger", [], resilient_parsing=True)
    lines = [
        "# Commands",
        "",
        "Generated from the commands' own help; `tagger COMMAND --help` prints the same. Results go to standard "
        "output, everything else to standard error. Exit code 0 means success, 1 an error that you can fix (one "
        "message says how), 2 wrong usage.",
    ]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        lines += ["", f"## tagger {name}", "", escaped(inspect.cleandoc(command.help or "")), ""]
        if example := re.search(r"^\s*(tagger .*)$", command.epilog or "", re.MULTILINE):
            lines += ["```sh", example[1], "```", ""]
        lines += ["| argument or option | value | default | what it does |", "| --- | --- | --- | --- |"]
        for parameter in command.params:
            if not isinstance(parameter, TyperArgument | TyperOption):
                raise TypeError(f"the page of commands has no words for {parameter}")
            names = " / ".join([*parameter.opts, *parameter.secondary_opts])
            if isinstance(parameter, TyperArgument):
                names = parameter.make_metavar(context)
            elif not getattr(parameter, "is_flag", False):
                names += f" {parameter.make_metavar(context)}"
            meaning = escaped(getattr(parameter, "help", None) or "")
            cells = [f"`{names}`", parameter_value(parameter), parameter_default(parameter), meaning]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """A text in which `<pad>` is no HTML; what is in backquotes stays as it is."""
    return "".join(
        part if number % 2 else html.escape(part, quote=False)
        for number, part in enumerate(re.split("(`[^`]*`)", text))
    )


def parameter_value(parameter: "TyperArgument | TyperOption") -> str:
    """What an argument or option of a command takes: `integer, at least 1`, `path`, `flag`."""
    kind = parameter.type
    name = PARAMETERS.get(kind.name.removesuffix(" range"), kind.name)
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    bounds = [BOUNDS[name].format(number(bound)) for name, bound in (("ge", low), ("le", high)) if bound is not None]
    several = ["repeatable"] if getattr(parameter, "multiple", False) else []
    if parameter.nargs == -1:
        several = ["one or more" if parameter.required else "any number"]
    return ", ".join([name, *bounds, *several])


def parameter_default(parameter: "TyperArgument | TyperOption") -> str:
    """The default of an argument or option of a command; `required` where it has none and needs a value."""
    if parameter.required:
        return "required"
    if parameter.default is False:
        return "off"
    return "none" if parameter.default in (None, "", [], ()) else f"`{parameter.default}`"


def modules_page() -> str:
    """Every module of the package, by folder, with the first paragraph of its docstring."""
    package = ROOT / "tagger"
    folders = {path.parent for path in package.rglob("*.py")}
    lines = [
        "# Modules",
        "",
        "Every module of the package with its one idea, generated from the docstrings. "
        "[Architecture](../architecture.md) says how they depend on each other.",
    ]
    for folder in sorted(folders):
        lines += ["", f"## {folder.relative_to(ROOT).as_posix()}/", "", "| module | what it is |", "| --- | --- |"]
        for path in sorted(folder.glob("*.py")):
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            first = " ".join(text.split("\n\n")[0].split())
            lines.append(f"| `{path.name}` | {first} |")
    return "\n".join(lines) + "\n"
