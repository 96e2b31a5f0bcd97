"""The rules of `docs/architecture.md`, checked on the code's imports: order of rooms, no circles, nothing unused."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CELLAR = (
    "backend",
    "documents",
    "errors",
    "files",
    "interrupts",
    "packages",
    "processors",
    "silence",
    "tables",
    "version",
)
"""Modules at the top of the package, which every room may use."""
ROOMS = (
    "text",
    "model",
    "config",
    "corpus",
    "network",
    "runtime",
    "export",
    "evaluation",
    "sharing",
    "training",
    "pretraining",
    "tagging",
    "redaction",
    "annotation",
    "service",
    "cli",
)
"""The rooms in the order of imports: each may use the cellar and what stands before it."""
ENTRANCES = ("tagger", "tagger.__main__")
"""What users import and run; no other module imports these."""
WITHOUT_TENSORFLOW = {
    "text",
    "model",
    "config",
    "runtime",
    "evaluation",
    "sharing",
    "tagging",
    "redaction",
    "annotation",
    "service",
    "cli",
}
"""Rooms that can be imported where TensorFlow is not installed."""


@dataclass(frozen=True)
class Import:
    """One import of a module of the package: `late` inside a function, `for_types` under TYPE_CHECKING."""

    module: str
    line: int
    late: bool
    for_types: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    return {module_name(path): path for path in sorted((ROOT / "tagger").rglob("*.py"))}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(node: ast.AST, *, late: bool = False, for_types: bool = False) -> Iterator[Import]:
    """All imports of the package's modules below a node."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                if alias.name in modules():
                    yield Import(alias.name, child.lineno, late, for_types)
        elif isinstance(child, ast.ImportFrom):
            assert not child.level, f"line {child.lineno}: imports are absolute"
            for alias in child.names:
                full = f"{child.module}.{alias.name}"
                module = full if full in modules() else str(child.module)
                if module in modules():
                    yield Import(module, child.lineno, late, for_types)
        else:
            is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            is_check = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from imports_of(child, late=late or is_function, for_types=for_types or is_check)


@cache
def graph() -> dict[str, tuple[Import, ...]]:
    """The imports of each module."""
    return {name: tuple(imports_of(tree(path))) for name, path in modules().items()}


def room_of(module: str) -> str:
    """The room of a module; empty for the cellar and the entrances."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else ""


def test_every_module_stands_in_a_room_or_in_the_cellar():
    strangers = [
        module
        for module in modules()
        if not room_of(module) and module not in ENTRANCES and module.removeprefix("tagger.") not in CELLAR
    ]
    assert strangers == []


def test_imports_go_one_way():
    wrong = []
    for module, imports in graph().items():
        if module in ENTRANCES:
            continue
        mine = ROOMS.index(room_of(module)) if room_of(module) else -1
        for each in imports:
            theirs = ROOMS.index(room_of(each.module)) if room_of(each.module) else -1
            if theirs > mine or each.module in ENTRANCES:
                wrong.append(f"{module}:{each.line} imports {each.module}")
    assert wrong == []


def test_nobody_imports_the_command_line():
    importers = {
        module
        for module, imports in graph().items()
        if room_of(module) != "cli" and any(room_of(each.module) == "cli" for each in imports)
    }
    assert importers == {"tagger.__main__"}


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components of more than one node (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in sorted(edges[node]):
            if other not in number:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == number[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in edges:
        if node not in number:
            visit(node)
    return found


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_no_circle_between_modules():
    edges = {module: {each.module for each in imports} for module, imports in graph().items()}
    assert circles(edges) == []


def test_no_circle_between_folders():
    edges: dict[str, set[str]] = defaultdict(set)
    for module, imports in graph().items():
        folder = modules()[module].parent.relative_to(ROOT).as_posix()
        targets = (modules()[each.module].parent.relative_to(ROOT).as_posix() for each in imports)
        # The package's own face stands above the rooms that it hands on, the cellar below all of them.
        edges[folder] |= {target for target in targets if target not in (folder, "tagger")}
    edges.pop("tagger")
    assert circles(edges) == []


@pytest.mark.parametrize("room", [*sorted(WITHOUT_TENSORFLOW), "corpus.any_data", "corpus.convert", "corpus.inspect"])
def test_what_tags_scores_converts_and_inspects_imports_no_tensorflow(room):
    """At import time, by whatever way: through modules that they import, but not inside functions."""
    start = [module for module in modules() if room in (room_of(module), module.removeprefix("tagger."))]
    assert start
    came_from = dict.fromkeys(start, "")
    waiting = list(start)
    while waiting:
        module = waiting.pop()
        for each in graph()[module]:
            if not (each.late or each.for_types) and each.module not in came_from:
                came_from[each.module] = module
                waiting.append(each.module)
    assert came_from.get("tagger.backend") is None
    for module in came_from:
        names = {
            alias.name for node in tree(modules()[module]).body if isinstance(node, ast.Import) for alias in node.names
        }
        froms = {str(node.module) for node in tree(modules()[module]).body if isinstance(node, ast.ImportFrom)}
        heavy = {name for name in names | froms if name.split(".")[0] in ("tensorflow", "keras")}
        assert not heavy, f"{module} imports {heavy}"


def test_no_two_modules_have_one_name():
    """But for the command line, whose files are called as the commands are, and for faces of folders."""
    names = Counter(
        module.split(".")[-1]
        for module, path in modules().items()
        if room_of(module) != "cli" and path.name != "__init__.py"
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_faces_of_folders_hand_on_names_and_define_nothing():
    """But for the package's own, which imports some names late (PEP 562)."""
    defining = [
        f"{module}:{node.lineno}"
        for module, path in modules().items()
        if path.name == "__init__.py" and module != "tagger"
        for node in tree(path).body
        if not isinstance(node, (ast.Import, ast.ImportFrom))
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
    ]
    assert defining == []


def test_what_has_an_underscore_stays_in_its_module():
    outside = [
        f"{module}:{node.lineno} imports {alias.name}"
        for module, path in modules().items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("tagger")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]
    assert outside == []


def uses() -> Counter[str]:
    """Names read in the package, scripts and benchmarks, and names in templates and in the code of pages."""
    used: Counter[str] = Counter()
    for folder in ("tagger", "scripts", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    used[node.id] += 1
                elif isinstance(node, ast.Attribute):
                    used[node.attr] += 1
    for path in (ROOT / "tagger").rglob("*.html"):
        used.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for code in re.findall(r"^```.*?^```|`[^`\n]+`", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            used.update(re.findall(r"\w+", code))
    return used


def definitions() -> Iterator[tuple[str, str]]:
    """Public functions, classes and methods: where each stands, and its name.

    Left out are commands, which `@app` uses, and methods of classes with bases, which may use them.
    """
    for module, path in modules().items():
        for node in tree(path).body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                continue
            if not any(ast.unparse(decorator).startswith("app.") for decorator in node.decorator_list):
                yield f"{module}.{node.name}", node.name
            if isinstance(node, ast.ClassDef) and not node.bases:
                methods = (part for part in node.body if isinstance(part, ast.FunctionDef))
                yield from ((f"{module}.{node.name}.{method.name}", method.name) for method in methods)


def test_every_public_function_is_used_outside_the_tests():
    used = uses()
    assert [place for place, name in definitions() if not (name.startswith("_") or used[name])] == []


def test_one_module_alone_parses_toml_and_json():
    """Python's parsers raise errors that are no ValueError, which `tagger.documents` catches."""
    parsers = {
        module
        for module, path in modules().items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"json.load", "json.loads", "tomllib.load", "tomllib.loads"}
    }
    assert parsers == {"tagger.documents"}


def test_modules_are_of_a_size_that_can_be_read():
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in modules().items()}
    assert {module: length for module, length in lengths.items() if length > 350} == {}
