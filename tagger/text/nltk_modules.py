"""Single modules of NLTK, loaded without the rest of the package.

`import nltk.tokenize.punkt` first runs `nltk/__init__.py`, which imports nearly all of NLTK, and SciPy and scikit-learn
where they are installed: a second or more, to split a line of text. So a module is run here in isolation: its file is
NLTK's, but its `import` statements get NLTK's other modules from the same isolated set. Nothing is added to
`sys.modules`, so a program that imports NLTK before, after, or at the same time in another thread gets the ordinary
package. If a program has imported NLTK already, its modules are used, with its settings (such as `nltk.data.path`).
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

# `nltk.data` imports these to read grammars and formulas, and they import most other modules.
_LEFT_OUT = {"nltk.grammar", "nltk.sem"}


def nltk_module(name: str) -> ModuleType:
    """Return a module of NLTK, such as `nltk.tokenize.punkt`.

    Raises ModuleNotFoundError where it is not installed.
    """
    if "nltk" not in sys.modules:
        return _isolated_modules().load(name)
    importlib.import_module("nltk")  # waits for another thread that is importing it
    return importlib.import_module(name)


def compile_with_re(expression: re.Pattern[str]) -> re.Pattern[str]:
    """Return one of NLTK's expressions, compiled by the standard library's `re`.

    Since version 3.10, NLTK uses the `regex` package with a timeout, which takes six times as long. The two disagree
    about \\w and \\d (combining marks, fractions, newer scripts) and about \\s (information separators).
    """
    return re.compile(expression.pattern, expression.flags & (re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE))


@cache
def _isolated_modules() -> "IsolatedModules":
    """Return the isolated modules of this process."""
    return IsolatedModules()


class IsolatedModules:
    """Modules of NLTK that import each other from here, and everything else as usual."""

    def __init__(self) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.lock = RLock()
        self.builtins = {**vars(builtins), "__import__": self.import_}
        self.sys = _IsolatedSys(self.modules)

    def load(self, name: str) -> ModuleType:
        """Return a module, which is run at first use."""
        with self.lock:
            if name not in self.modules:
                parent = self.load(name.rpartition(".")[0]) if "." in name else None
                module = self.run(name, parent.__path__ if parent else None)
                if parent:
                    setattr(parent, name.rpartition(".")[2], module)
            return self.modules[name]

    def run(self, name: str, path: Sequence[str] | None) -> ModuleType:
        """Run a module's file and return the module. The `__init__` of a package is not run."""
        if name in _LEFT_OUT:
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
    ) -> Any:  # noqa: ANN401 (as `builtins.__import__`)
        """Import a module for the isolated modules, in place of `builtins.__import__`."""
        if name == "sys":
            return self.sys
        if name.partition(".")[0] != "nltk":
            return __import__(name, globals, locals, fromlist, level)
        module = self.load(name)
        for part in fromlist or ():
            if not hasattr(module, part):
                self.load(f"{name}.{part}")
        return module if fromlist else self.modules["nltk"]


class _IsolatedSys(ModuleType):
    """`sys` for the isolated modules, whose `modules` has them before those of the process."""

    def __init__(self, modules: dict[str, ModuleType]) -> None:
        super().__init__("sys")
        self.modules = ChainMap(modules, sys.modules)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (any attribute of `sys`)
        return getattr(sys, name)
