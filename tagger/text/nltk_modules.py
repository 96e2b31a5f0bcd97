"""NLTK's modules one by one, without the package around them.

`import nltk.tokenize.punkt` first runs `nltk/__init__.py`, which imports nearly all of NLTK, and SciPy and scikit-learn
where they are installed: a second or more, to split a line of text. So a module is run here in a world of its own: its
file is NLTK's, but the `import` that it sees gives it, for NLTK's other modules, those of this world. Nothing of it is
in `sys.modules`: whoever imports NLTK, before, after, or in another thread meanwhile, gets the ordinary one. And where
a program has imported NLTK already, that one is used, with whatever it set there (such as `nltk.data.path`).
"""

import builtins
import importlib
import re
import sys
from collections import ChainMap
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any

# `nltk.data` imports these to read grammars and formulas, and they import most of the rest.
LEFT_OUT = {"nltk.grammar", "nltk.sem"}

SEPARATORS = re.compile("[\x1c-\x1f]")
"""White space to Python and its `re`, but not to `regex`."""


def nltk_module(name: str) -> ModuleType:
    """A module of NLTK, such as `nltk.tokenize.punkt`. Raises ModuleNotFoundError where NLTK is not installed."""
    if "nltk" not in sys.modules:
        return world().load(name)
    importlib.import_module("nltk")  # another thread may be in the middle of it: wait
    return importlib.import_module(name)


def with_re(expression: re.Pattern[str]) -> re.Pattern[str]:
    """An expression of NLTK's, compiled by the standard library.

    Since 3.10 NLTK's run in the `regex` package, guarded by a clock, which takes six times as long. The two differ in
    which characters are \\w and \\d (combining marks, fractions, newer scripts) and \\s (not SEPARATORS in `regex`).
    """
    return re.compile(expression.pattern, expression.flags & (re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE))


@cache
def world() -> "World":
    """The one world of this process."""
    return World()


class World:
    """Modules of NLTK that know only each other and what is not NLTK."""

    def __init__(self) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.lock = RLock()
        self.builtins = {**vars(builtins), "__import__": self.import_}
        self.sys = Sys(self.modules)

    def load(self, name: str) -> ModuleType:
        """A module of this world, run when it is first asked for."""
        with self.lock:
            if name not in self.modules:
                parent = self.load(name.rpartition(".")[0]) if "." in name else None
                module = self.run(name, parent.__path__ if parent else None)
                if parent:
                    setattr(parent, name.rpartition(".")[2], module)
            return self.modules[name]

    def run(self, name: str, path: Sequence[str] | None) -> ModuleType:
        """Run a module's file. Of a package only the place is taken, its `__init__` is not run."""
        if name in LEFT_OUT:
            self.modules[name] = ModuleType(name)
            return self.modules[name]
        specs = (finder.find_spec(name, path) for finder in sys.meta_path)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        module = self.modules[name] = module_from_spec(spec)
        if spec.submodule_search_locations is None:
            vars(module)["__builtins__"] = self.builtins
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del self.modules[name]
                raise
        return module

    def import_(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:  # noqa: ANN401
        """What `import` calls in this world; see `builtins.__import__`."""
        if name == "sys":
            return self.sys
        if name.partition(".")[0] != "nltk":
            return __import__(name, globals, locals, fromlist, level)
        module = self.load(name)
        for part in fromlist or ():
            if not hasattr(module, part):
                self.load(f"{name}.{part}")
        return module if fromlist else self.modules["nltk"]


class Sys(ModuleType):
    """`sys` as this world sees it: its `modules` are those that are loaded here, and then the process's."""

    def __init__(self, modules: dict[str, ModuleType]) -> None:
        super().__init__("sys")
        self.modules = ChainMap(modules, sys.modules)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(sys, name)
