"""Playing the story: each step is done, and watched until everything is as it should be."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.live import Live

from demo.pictures import Cells, differences, look, paint
from demo.stories import NAME, Step, steps
from sandbox.event_source import EventSource
from sandbox.processes import Gunicorn, gunicorn
from sandbox.triggers import Triggers, for_functions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cloudevents.core.v1.event import CloudEvent
    from rich.console import Console

    from demo.casts import Cast
    from demo.clusters import Stage

_FUNCTIONS: Final = ("on_secret_update", "on_delete_cleanup", "on_namespace_create")
_PAUSE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Play:
    """The story on one stage.

    Args:
        stage: the cluster.
        cast: the names.
        console: what the audience sees.
        patience: how many seconds a step may take.
        pace: how many seconds there are to look at what came of a step, on a terminal.
    """

    stage: Stage
    cast: Cast
    console: Console
    patience: float = 30.0
    pace: float = 1.0

    def perform(self) -> bool:
        """Play every step; say whether each came to its end."""
        told = steps(self.cast)
        with Live(console=self.console) as picture:
            for number, step in enumerate(told, 1):
                missing, seconds = self._watch(step, picture)
                title = f"{number}. {step.title}"
                if missing:
                    self._say(f"[bold red]FAILED[/] {title}: {'; '.join(missing)}")
                    return False
                self._say(f"[green]✓[/] {title}: {seconds * 1000:.0f} ms")
                if self.console.is_terminal:
                    time.sleep(self.pace)
        self._say(f"All {len(told)} steps came true. README.md says how.")
        return True

    def _say(self, line: str) -> None:
        self.console.print(line, soft_wrap=True)

    def _watch(self, step: Step, picture: Live) -> tuple[list[str], float]:
        """Do a step; return what is not as it should be in the end, and the seconds it took."""
        step.act(self.stage)
        start = time.monotonic()
        while True:
            cells = self._look()
            missing, seconds = differences(cells, step.wanted), time.monotonic() - start
            if self.console.is_terminal:
                picture.update(paint(cells))
            if not missing or seconds > self.patience:
                return missing, seconds
            time.sleep(_PAUSE)

    def _look(self) -> Cells:
        return look(
            self.cast.namespaces,
            self.stage.namespaces(),
            self.stage.secrets(NAME),
            source=self.cast.source,
        )


@contextmanager
def installed(kubeconfig: Path, folder: Path, cast: Cast) -> Iterator[tuple[Gunicorn, ...]]:
    """Run the functions, and an event source that tells them of the cast and of nobody else.

    Args:
        kubeconfig: of the cluster.
        folder: for what the functions write.
        cast: the namespaces that are looked at.
    """

    def concerning_the_cast(event: CloudEvent) -> Iterable[CloudEvent]:
        namespace = event.get_extension("namespace") or event.get_extension("name")
        return (event,) if namespace in cast.namespaces else ()

    with ExitStack() as stack:
        environment = {"KUBECONFIG": str(kubeconfig)}
        functions = tuple(
            stack.enter_context(gunicorn(f"functions.{name}:app", folder, **environment))
            for name in _FUNCTIONS
        )
        for each in functions:
            each.await_listening()
        urls = {name: each.url for name, each in zip(_FUNCTIONS, functions, strict=True)}
        triggers = Triggers(for_functions(**urls), change=concerning_the_cast)
        stack.enter_context(EventSource(kubeconfig, triggers.deliver))
        yield functions
