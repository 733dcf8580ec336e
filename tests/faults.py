"""Faults: whatever can be raised, from the requests and the pure functions of one source's row."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import pkgutil
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import pytest

import mirroring
from mirroring import errors
from mirroring.planning.snapshots import Snapshot
from tests.trials import DirectTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from sandbox.stores import Store

HUSH: Final = "hush-hush"  # stands in every exception's text, and must stand nowhere else

UNEXPECTED: Final[tuple[Exception, ...]] = (
    KeyError(HUSH),
    RecursionError(HUSH),
    UnicodeEncodeError("ascii", HUSH, 0, 1, HUSH),
    AssertionError(HUSH),
    MemoryError(HUSH),
)
REFUSED: Final[tuple[Exception, ...]] = (
    errors.Unavailable("The API server did not answer."),
    errors.Unauthorized("The API server refused."),
    errors.Forbidden("The API server refused."),
    errors.NamespaceGone("The API server refused."),
    errors.AlreadyExists("The API server refused."),
    errors.Stale("The API server refused."),
    errors.Expired("The API server refused."),
    errors.Invalid("The API server refused."),
)
# These say that the target is not what was looked at, so that it is looked at again, or is gone.
MOVED: Final = (errors.AlreadyExists, errors.Stale, errors.NamespaceGone)

# These will be the same when the event comes again.
LASTING: Final = (errors.Forbidden, errors.Invalid)

# What sees many rows at once is no function of one.
_OF_MANY: Final = {
    "End.after",
    "End.is_recent",
    "End.of",
    "End.places",
    "Ends.freed_by",
    "Ends.is_by_number",
    "Ends.keeping",
    "Ends.of",
    "Freed.counts_in",
    "Freed.covers",
    "Freed.of",
    "Freed.with_those",
    "Inventory.mirrors_of",
    "Inventory.of",
    "Inventory.sources",
    "Inventory.take",
    "Snapshot.informed",
    "Snapshot.of",
    "Snapshot.rows",
    "Snapshot.without",
    "Succession.of",
}
_PURE: Final = ("mirroring.ownership", "mirroring.planning", "mirroring.policies")


@dataclass
class Fault:
    """What goes wrong, for one source alone.

    Args:
        about: the source's name, which nothing else in the cluster has in its own.
        error: is raised.
        nth: from which of the moments on that concern the source.
        lasting: whether each later one fails, too.
    """

    about: str
    error: Exception
    nth: int
    lasting: bool
    _seen: Counter[str] = field(default_factory=Counter)

    def strike(self) -> None:
        """Raise, if the moment has come."""
        self._seen["moments"] += 1
        if self._seen["moments"] == self.nth or (self.lasting and self.has_come):
            raise self.error

    @property
    def moments(self) -> int:
        """How many moments concerned the source."""
        return self._seen["moments"]

    @property
    def has_come(self) -> bool:
        """Whether it was raised at all."""
        return self._seen["moments"] >= self.nth


class FaultyTransport(DirectTransport):
    """A transport to a store, whose requests about one source fail."""

    def __init__(self, store: Store, fault: Fault) -> None:
        super().__init__(store)
        self._fault = fault

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str],
        body: bytes | None = None,
        most: int = 0,
    ) -> tuple[int, bytes]:
        """Fail, or answer."""
        if _is_about(self._fault.about, method, path, body):
            self._fault.strike()
        return super().request(method, path, query=query, headers=headers, body=body, most=most)


def _is_about(name: str, method: str, path: str, body: bytes | None) -> bool:
    """Whether a request is for one object of a name, or is to create one."""
    if method == "POST":
        return bool(json.loads(body or b"{}")["metadata"]["name"] == name)
    return path.endswith(f"/{name}")


@dataclass(frozen=True)
class PureFunction:
    """A function of the core that may be replaced: in a class, or wherever it was imported to."""

    name: str
    function: Any
    holder: type | None = None

    def __repr__(self) -> str:
        return self.name

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Replace it by one that fails for what concerns one source."""
        with pytest.MonkeyPatch.context() as patch:
            if self.holder:
                patch.setattr(self.holder, self.name.rpartition(".")[2], self._faulty(fault))
            else:
                for module, name in _places(self.function):
                    patch.setattr(module, name, _wrapped(self.function, fault))
            yield

    def _faulty(self, fault: Fault) -> Any:
        """Make a method of the same kind that fails."""
        match self.function:
            case classmethod() | staticmethod() as method:
                return type(method)(_wrapped(method.__func__, fault))
            case property() as method:
                return property(_wrapped(method.fget, fault))
            case functools.cached_property() as method:
                return property(_wrapped(method.func, fault))
        return _wrapped(self.function, fault)


def _wrapped(function: Any, fault: Fault) -> Callable[..., Any]:
    @functools.wraps(function)
    def faulty(*arguments: Any, **named: Any) -> Any:
        said = (each for each in arguments if not isinstance(each, Snapshot))
        if any(fault.about in repr(each) for each in said):
            fault.strike()
        return function(*arguments, **named)

    return faulty


def _places(function: Any) -> list[tuple[ModuleType, str]]:
    """Find every module of the library that has a function by any name."""
    modules = [module for name, module in sys.modules.items() if name.startswith("mirroring")]
    return [
        (module, name)
        for module in modules
        for name, value in vars(module).items()
        if value is function
    ]


def pure_functions() -> Iterator[PureFunction]:
    """Find the functions and methods of ownership, policies and planning, private ones too."""
    for module in _pure_modules():
        for name, value in vars(module).items():
            if getattr(value, "__module__", "") != module.__name__:
                continue
            if inspect.isclass(value):
                yield from _methods(value)
            elif inspect.isfunction(value) or hasattr(value, "cache_clear"):
                yield PureFunction(f"{module.__name__}.{name}", value)


def _methods(of: type) -> Iterator[PureFunction]:
    if issubclass(of, (tuple, Enum)):
        kinds: tuple[type, ...] = (property,)
    else:
        kinds = (classmethod, staticmethod, property, functools.cached_property)
    for name, value in vars(of).items():
        is_own = inspect.isfunction(value) and value.__module__ == of.__module__
        is_method = is_own or isinstance(value, kinds)
        if is_method and name[:2] != "__" and f"{of.__name__}.{name}" not in _OF_MANY:
            yield PureFunction(f"{of.__name__}.{name}", value, of)


def _pure_modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(mirroring.__path__, "mirroring."):
        if found.name.startswith(_PURE):
            yield importlib.import_module(found.name)
