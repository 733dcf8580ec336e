"""CloudEvents 1.0 out of HTTP requests: what is none is refused, and nothing missing is made up."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from cloudevents.core.bindings.http import HTTPMessage, from_binary, from_structured
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import OPTIONAL_ATTRIBUTES, REQUIRED_ATTRIBUTES, CloudEvent

from mirroring.errors import EventError, TooManyEvents
from mirroring.objects.events import Event, ObjectEvent
from mirroring.objects.references import KINDS, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudevents.core.base import BaseCloudEvent

# Knative sends them one by one.
MOST_EVENTS: Final = 64

# What is read of a body takes some forty times as much memory for as long as it is looked at.
_LARGE: Final = 32 * 1024  # bytes
_ONE_LARGE: Final = Lock()

_STRUCTURED: Final = "application/cloudevents+json"
_BATCH: Final = "application/cloudevents-batch+json"
_ABOUT_AN_OBJECT: Final = re.compile(
    r"dev\.knative\.apiserver\.(?:ref|resource)\.(?:add|update|delete)"
)
# Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)


def read_events(headers: Mapping[str, str], body: bytes) -> list[Event]:
    """Read a request in binary, structured or batch mode.

    Objects are taken from the events that Knative's ApiServerSource sends: from their extensions,
    else from the ObjectReference in their data.

    Raises:
        TooManyEvents: there are more than `MOST_EVENTS`.
        EventError: it, or one event of a batch, is not a CloudEvent 1.0. The message quotes nothing
            of the request, which may hold secrets.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    # Threads would take as much memory each, and be no sooner done: one parses at a time anyway.
    with _ONE_LARGE if len(body) > _LARGE else nullcontext():
        return _read_events(lower, body)


def _read_events(lower: dict[str, str], body: bytes) -> list[Event]:
    try:
        decoded = _decode(lower, body)
    except EventError:
        raise
    except CloudEventValidationError as error:
        raise EventError(_naming(error.errors)) from None
    # The SDK lets escape whatever its parsers raise: seven types are known.
    except Exception as error:
        raise EventError(
            f"The request carries no CloudEvent that can be read ({type(error).__name__}). "
            "Send one of version 1.0 in binary, structured or batch mode."
        ) from None
    return [_event(each, lower.get("traceparent")) for each in decoded]


def _decode(headers: dict[str, str], body: bytes) -> list[BaseCloudEvent]:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == _BATCH:
        return _decode_batch(json.loads(body))
    if media_type == _STRUCTURED:
        return [_decode_structured(json.loads(body))]
    if media_type.startswith("application/cloudevents"):
        raise EventError(f"CloudEvents are read as {_STRUCTURED} and {_BATCH}, in no other format.")
    return [from_binary(HTTPMessage(headers, body), _CheckedJSON(), _complete)]


def _decode_batch(batch: Any) -> list[BaseCloudEvent]:
    if not isinstance(batch, list):
        raise EventError("A batch of CloudEvents is a JSON array.")
    if len(batch) > MOST_EVENTS:
        raise TooManyEvents(
            f"The batch has {len(batch)} events, of which none was handled. "
            f"Send at most {MOST_EVENTS} at once."
        )
    return [_decode_structured(each) for each in batch]


def _decode_structured(event: Any) -> BaseCloudEvent:
    if not isinstance(event, dict):
        raise EventError("A CloudEvent in JSON is an object.")
    # By the JSON format of CloudEvents null is the same as not there.
    present = {name: value for name, value in event.items() if value is not None}
    return from_structured(HTTPMessage({}, json.dumps(present).encode()), JSONFormat(), _complete)


class _CheckedJSON(JSONFormat):
    """The SDK's JSON, but that data which is announced as JSON has to be JSON."""

    def read_data(self, body: bytes, datacontenttype: str | None) -> Any:
        if body and datacontenttype and self.JSON_CONTENT_TYPE_PATTERN.match(datacontenttype):
            return json.loads(body)
        return super().read_data(body, datacontenttype)


def _complete(attributes: dict[str, Any], data: Any) -> CloudEvent:
    """Make the SDK's event, which would itself invent a missing id and version."""
    missing = [name for name in REQUIRED_ATTRIBUTES if name not in attributes]
    if missing:
        raise EventError(f"The CloudEvent has no {', '.join(missing)}.")
    return CloudEvent(attributes, data)


def _naming(attributes: Iterable[str]) -> str:
    """Name the attributes that are wrong; an extension's name is the sender's own text."""
    known = {*REQUIRED_ATTRIBUTES, *OPTIONAL_ATTRIBUTES}
    named = {name if name in known else "the name of an extension" for name in attributes}
    return f"By CloudEvents 1.0 this is not valid: {', '.join(sorted(named))}."


def _event(decoded: BaseCloudEvent, traceparent: str | None) -> Event:
    trace = _TRACEPARENT.fullmatch(traceparent or str(decoded.get_extension("traceparent")))
    about = _object(decoded)
    common = (
        decoded.get_id(),
        decoded.get_type(),
        decoded.get_source(),
        decoded.get_subject() or "",
        trace[1] if trace else "",
    )
    return Event(*common, None) if about is None else ObjectEvent(*common, about)


def _object(decoded: BaseCloudEvent) -> Ref | None:
    if not _ABOUT_AN_OBJECT.fullmatch(decoded.get_type()):
        return None
    reference = _reference(decoded)
    kind = reference.get("kind", "")
    version = reference.get("apiversion") or reference.get("apiVersion") or "v1"
    if kind and (kind not in KINDS or version != "v1"):
        return None
    try:
        return Ref.parse(kind, reference.get("namespace", ""), reference.get("name", ""))
    except ValueError as error:
        raise EventError(f"What the CloudEvent is about cannot be: {error}.") from None


def _reference(decoded: BaseCloudEvent) -> dict[str, str]:
    """Return what names the object; values that are no text cannot."""
    found: Any = decoded.get_attributes()
    if not {"kind", "name"} & found.keys():
        found = decoded.get_data()
    entries = found.items() if isinstance(found, dict) else ()
    return {name: value for name, value in entries if isinstance(value, str)}
