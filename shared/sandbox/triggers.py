"""Triggers: which events go to which function, and what becomes of one that is not taken.

Stands where a cluster has Knative's Broker and one Trigger per function.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import urllib3
from cloudevents.core.bindings.http import to_binary_event
from urllib3.util import Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cloudevents.core.v1.event import CloudEvent

_log = logging.getLogger(__name__)

# What Knative's channel sends again, and how our Triggers ask for it: anchors of its delivery spec.
_SENT_AGAIN: Final = (404, 408, 409, 429, *range(500, 600))
_TIMEOUT: Final = 120  # seconds


@dataclass(frozen=True, slots=True)
class Trigger:
    """Events of these kinds and verbs go to this URL.

    Args:
        url: of the function.
        kinds: of objects, as in `Secret`.
        verbs: `add`, `update` or `delete`.
    """

    url: str
    kinds: frozenset[str]
    verbs: frozenset[str]

    def passes(self, event: CloudEvent) -> bool:
        """Whether the event is for this function."""
        verb = event.get_type().rpartition(".")[2]
        return verb in self.verbs and event.get_extension("kind") in self.kinds


class Triggers:
    """Delivers each event to every function that it is for.

    Args:
        triggers: the functions.
        change: what becomes of each event on its way: it may come twice, or not at all.
        attempts: how often an event is sent that is refused for now.
    """

    def __init__(
        self,
        triggers: Iterable[Trigger],
        *,
        change: Callable[[CloudEvent], Iterable[CloudEvent]] = lambda event: (event,),
        attempts: int = 5,
    ) -> None:
        self._triggers = tuple(triggers)
        self._change = change
        retries = Retry(
            total=attempts - 1,
            status_forcelist=_SENT_AGAIN,
            allowed_methods=None,
            backoff_factor=0.2,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        self._pool = urllib3.PoolManager(retries=retries, timeout=_TIMEOUT, maxsize=8)

    def deliver(self, event: CloudEvent) -> None:
        """Send the event, and wait until it was taken or given up, as a Broker in memory does."""
        for each in self._change(event):
            for trigger in self._triggers:
                if trigger.passes(each):
                    self._send(each, trigger.url)

    def _send(self, event: CloudEvent, url: str) -> None:
        message = to_binary_event(event)
        try:
            answer = self._pool.request("POST", url, headers=message.headers, body=message.body)
            refused = (
                "" if answer.status < HTTPStatus.MULTIPLE_CHOICES else f"answered {answer.status}"
            )
        except urllib3.exceptions.HTTPError as error:
            refused = type(error).__name__
        if refused:
            _log.warning("Lost %s about %s: %s", event.get_type(), event.get_subject(), refused)


def for_functions(
    *, on_secret_update: str, on_delete_cleanup: str, on_namespace_create: str
) -> tuple[Trigger, ...]:
    """Make the Triggers of the three functions that wake on objects, by their URLs."""
    mirrored = frozenset({"Secret", "ConfigMap"})
    written = frozenset({"add", "update"})
    return (
        Trigger(on_secret_update, mirrored, written),
        Trigger(on_delete_cleanup, mirrored, frozenset({"delete"})),
        Trigger(on_namespace_create, frozenset({"Namespace"}), written),
    )
