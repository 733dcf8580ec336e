"""Annotations of other mirroring tools, and those of ours that ask for the same.

What the tools do is from their sources, of kubernetes-replicator 2.12 and config-syncer 0.15: which
annotations there are, and what they mean where they are written oddly.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring import names
from mirroring.objects.references import CONFIG_MAP, Ref
from mirroring.policies.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.objects.metadata import Metadata

REPLICATOR: Final = "kubernetes-replicator"
CONFIG_SYNCER: Final = "config-syncer"

_OF_REPLICATOR: Final = "replicator.v1.mittwald.de/"
_FROM: Final = _OF_REPLICATOR + "replicate-from"
_TO: Final = _OF_REPLICATOR + "replicate-to"
_TO_MATCHING: Final = _OF_REPLICATOR + "replicate-to-matching"
_MAY: Final = _OF_REPLICATOR + "replication-allowed"
_MAY_IN: Final = _OF_REPLICATOR + "replication-allowed-namespaces"
_STRIP_LABELS: Final = _OF_REPLICATOR + "strip-labels"
_COPIED_FROM: Final = _OF_REPLICATOR + "replicated-from-version"
_GO_TRUE: Final = ("1", "t", "T", "true", "TRUE", "True")

_OF_SYNCER: Final = "kubed.appscode.com/"
_SYNC: Final = _OF_SYNCER + "sync"
_CONTEXTS: Final = _OF_SYNCER + "sync-contexts"
_ORIGIN: Final = (_OF_SYNCER + "origin.namespace", _OF_SYNCER + "origin.name")

# What is the same to both tools: a name, or a beginning.
_PLAIN: Final = re.compile(r"[a-z0-9-]+(?:\.\*)?")
_OURS: Final = (names.ALLOWED, names.REFLECTS, names.AUTO_ENABLED)
_NAMED: Final = 5  # objects in a note; of more it is said how many


class Translation(NamedTuple):
    """What is to be written on an object so that kn-mirror does what another tool did.

    Args:
        ref: the object.
        tool: whose annotations it has.
        annotations: ours; empty where there are none that do the same.
        notes: what is not the same.
    """

    ref: Ref
    tool: str
    annotations: Mapping[str, str]
    notes: tuple[str, ...] = ()


class _Reach(NamedTuple):
    """Namespaces, as an owner chose them."""

    patterns: tuple[str, ...] = ()
    selector: str = ""
    is_all: bool = False

    def __bool__(self) -> bool:
        return self.is_all or bool(self.patterns or self.selector)


def tool_of(found: Metadata) -> str:
    """Name the other tool that an object is for, or from; empty for none."""
    if any(name.startswith(_OF_REPLICATOR) for name in found.annotations):
        return REPLICATOR
    is_synced = any(name.startswith(_OF_SYNCER) for name in found.annotations)
    return CONFIG_SYNCER if is_synced or _ORIGIN[1] in found.labels else ""


def translation_of(found: Metadata) -> Translation | None:
    """Translate what an owner wrote for another tool; None where nothing was."""
    annotated = found.annotations
    if any(name in annotated for name in _OURS):
        return None
    if _FROM in annotated:
        made = _pulled(found.ref, annotated[_FROM])
    elif _TO in annotated or _TO_MATCHING in annotated or _MAY in annotated:
        made = _replicated(found)
    # A copy has all that its source has, but for this.
    elif _SYNC in annotated and _ORIGIN[1] not in found.labels:
        made = _synced(found)
    else:
        return None
    odd = [name for name, text in made.annotations.items() if not text.isprintable()]
    if odd:
        note = f"{', '.join(odd)} would hold what cannot be printed: write it yourself"
        return made._replace(annotations={}, notes=(*made.notes, note))
    return made


def question_of(found: Metadata, pulled_by: Iterable[Ref]) -> Translation | None:
    """Ask a ConfigMap's owner what kubernetes-replicator never asks anybody; nothing is written.

    Whoever may write a ConfigMap names any other in it, so that it is named proves nothing. None
    where its owner has said whether it may be mirrored, or where it is a mirror itself.

    Args:
        found: the ConfigMap.
        pulled_by: those that name it.
    """
    if any(name in found.annotations for name in _OURS):
        return None
    pulls = sorted(pulled_by, key=str)
    more = f" and {len(pulls) - _NAMED} more" if len(pulls) > _NAMED else ""
    note = (
        f"{', '.join(map(str, pulls[:_NAMED]))}{more} would have what it holds, which nobody "
        "permitted: kubernetes-replicator asks of Secrets alone. That is for its owner to decide, "
        f"who permits it by {_short(names.ALLOWED)}=true on it, and in "
        f"{_short(names.ALLOWED_NAMESPACES)} the namespaces that may have it"
    )
    return Translation(found.ref, REPLICATOR, {}, (note,))


def handover_of(found: Metadata, source: Metadata) -> Translation | None:
    """Hand a copy that another tool made over to kn-mirror; None where it is no such copy.

    Only what says itself whose copy it is: whoever makes a source of its name would be given it.
    """
    annotated, labels, ref = found.annotations, found.labels, source.ref
    replaced = f"all that it holds is replaced by what {ref.path} holds"
    if _COPIED_FROM in annotated and _FROM not in annotated:
        if annotated[_COPIED_FROM] != source.resource_version:
            note = (
                f"kubernetes-replicator made it, of what was not {ref.path} as it is. Whether it "
                f"is to become a mirror of that is for its owner to decide, who then annotates it "
                f"{names.ADOPT}={ref.path}; {replaced}"
            )
            return Translation(found.ref, REPLICATOR, {}, (note,))
        note = f"{replaced}: keys of its own, which kubernetes-replicator keeps, go"
        return Translation(found.ref, REPLICATOR, {names.ADOPT: ref.path}, (note,))
    if tuple(map(labels.get, _ORIGIN)) == (ref.namespace, ref.name):
        return Translation(found.ref, CONFIG_SYNCER, {names.ADOPT: ref.path}, (replaced,))
    return None


def pulled_by(found: Metadata) -> Ref | None:
    """Return what a ConfigMap is pulled from by kubernetes-replicator; None for any other."""
    if found.ref.kind is not CONFIG_MAP or _FROM not in found.annotations:
        return None
    return _ref(found.ref, found.annotations[_FROM])


def _ref(of: Ref, path: str) -> Ref | None:
    namespace, _, name = path.partition("/")
    try:
        return Ref.parse(of.kind.name, namespace, name)
    except ValueError:
        return None


def _pulled(ref: Ref, path: str) -> Translation:
    if _ref(ref, path) is None:
        note = f"replicate-from: {quoted(path)} is not 'namespace/name'"
        return Translation(ref, REPLICATOR, {}, (note,))
    note = "keys of its own, which kubernetes-replicator keeps, go when it is filled"
    return Translation(ref, REPLICATOR, {names.REFLECTS: path}, (note,))


def _replicated(found: Metadata) -> Translation:
    annotated = found.annotations
    notes: list[str] = []
    selector = annotated.get(_TO_MATCHING)
    pushed = _Reach(
        _patterns(annotated.get(_TO, ""), notes),
        (selector or "").strip(),
        selector is not None and not selector.strip(),
    )
    may = annotated.get(_MAY) in _GO_TRUE
    pulled = _Reach(_patterns(annotated.get(_MAY_IN, ""), notes)) if may else _Reach()
    if may and not pulled:
        notes.append("without replication-allowed-namespaces nobody may pull it")
    if found.labels and pushed and _STRIP_LABELS not in annotated:
        notes.append(
            f"its labels are not copied: name those that are wanted in {names.COPY_LABELS}"
        )
    return Translation(found.ref, REPLICATOR, _rules(pushed, pulled), tuple(notes))


def _synced(found: Metadata) -> Translation:
    selector = found.annotations[_SYNC].strip()
    notes = []
    if found.annotations.get(_CONTEXTS):
        notes.append("sync-contexts: kn-mirror writes into no other cluster")
    if found.labels:
        notes.append(
            f"its labels are not copied: name those that are wanted in {names.COPY_LABELS}"
        )
    is_all = selector in ("", "true")
    reach = _Reach(selector="" if is_all else selector, is_all=is_all)
    return Translation(found.ref, CONFIG_SYNCER, _rules(reach, _Reach()), tuple(notes))


def _short(annotation: str) -> str:
    return annotation.rpartition("/")[2]


def _rules(pushed: _Reach, pulled: _Reach) -> dict[str, str]:
    """Write down where mirrors are made, and where they may be, which is nowhere else."""
    if not (pushed or pulled):
        return {}
    rules = {names.ALLOWED: "true"}
    if not pushed.is_all:
        allowed = dict.fromkeys((*pushed.patterns, *pulled.patterns))
        rules |= _chosen(names.ALLOWED_NAMESPACES, ",".join(allowed))
        rules |= _chosen(names.ALLOWED_NAMESPACES_SELECTOR, pushed.selector)
    if pushed:
        rules[names.AUTO_ENABLED] = "true"
    if pushed and not pushed.is_all:
        rules |= _chosen(names.AUTO_NAMESPACES, ",".join(pushed.patterns))
        rules |= _chosen(names.AUTO_NAMESPACES_SELECTOR, pushed.selector)
    return rules


def _chosen(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}


def _patterns(text: str, notes: list[str]) -> tuple[str, ...]:
    """Rewrite expressions that have to match a whole name, as those that may match a part do."""
    items = [item.strip() for item in text.split(",")]
    if any("|" in item for item in items):
        notes.append(f"{quoted(text)}: an expression with | has to match whole names here")
    return tuple(_pattern(item) for item in items if item)


def _pattern(item: str) -> str:
    if _PLAIN.fullmatch(item):
        return item
    return f"^(?:{item.removeprefix('^').removesuffix('$')})$"
