"""Cells: the objects that a combination stands for, as the API server would tell of them."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.objects.globs import Globs
from mirroring.objects.hash_keys import HashKeys
from mirroring.objects.metadata import Namespace, Object
from mirroring.objects.references import SECRET, Ref, place_of
from mirroring.ownership.records import source_label
from mirroring.planning.cells import Cell
from mirroring.planning.repairs import counted
from mirroring.planning.rivals import Before
from mirroring.policies.sources import Source
from tests.decisions.combinations import (
    Contest,
    Copies,
    Edit,
    Free,
    Hash,
    Labels,
    Origin,
    Place,
    Rule,
    Thing,
    Version,
)
from tests.unit.examples import AT, CONTENT, EVERYWHERE, SOURCE, metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.metadata import Metadata
    from tests.decisions.combinations import Combination

OTHER: Final = SOURCE.in_namespace("stage")
HEIR: Final = SOURCE.in_namespace("new")
BEFORE: Final = Before(SOURCE.in_namespace("platform"), "is older")
_ENDED: Final = {Origin.SILENT, Origin.PULL_MIRROR, Origin.GONE}
_CONTROLLED: Final = {Thing.CONTROLLED, Thing.CONTROLLED_HANDED_OVER}
_VERSION: Final = "2"
_RENEWED: Final = Content(
    {"data": {"tls.crt": "bmV3", "tls.key": "bmV3"}}, type="kubernetes.io/tls"
)
_OTHER_NAME: Final = "certificate"
_NAMES: Final[Mapping[Place, str]] = {
    Place.NAME: SOURCE.name,
    Place.OTHER_NAME: _OTHER_NAME,
    Place.FORMER_NAME: SOURCE.name,
    Place.NOWHERE: "elsewhere",
}

_RULES: Final[Mapping[Rule, dict[str, str]]] = {
    Rule.OPEN: {},
    Rule.NOT_AUTOMATIC: {names.AUTO_ENABLED: "false"},
    Rule.NOT_ALLOWED: {names.ALLOWED_NAMESPACES: "shop"},
    Rule.NOT_AUTO: {names.AUTO_NAMESPACES: "shop"},
    Rule.NOT_ACCEPTED: {},
    Rule.ALLOWED_UNREADABLE: {names.ALLOWED_NAMESPACES: "*-shop"},
    Rule.AUTO_UNREADABLE: {names.AUTO_NAMESPACES_SELECTOR: ","},
    Rule.AUTO_UNREADABLE_NOT_ALLOWED: {
        names.AUTO_NAMESPACES: "*-shop",
        names.ALLOWED_NAMESPACES: "shop",
    },
}
_WISHES: Final[Mapping[Origin, dict[str, str]]] = {
    Origin.UNREADABLE: {names.KEYS: "tls.crt=no/key"},
    Origin.LACKING: {names.KEYS: "ca.crt"},
    Origin.SILENT: {names.ALLOWED: "false"},
    Origin.PULL_MIRROR: {names.REFLECTS: OTHER.path},
}
_OURS: Final = {names.REFLECTS: SOURCE.path, names.AUTO_REFLECTS: "True"}
_OTHERS: Final = {names.REFLECTS: OTHER.path, names.AUTO_REFLECTS: "True"}
_HANDED_OVER: Final = {names.ADOPT: SOURCE.path}
_CERTIFICATE: Final = {names.CERTIFICATE: "tls"}
_SAYS: Final[Mapping[Thing, dict[str, str]]] = {
    Thing.MIRROR: _OURS,
    Thing.MIRROR_HANDED_OVER: _OURS | _HANDED_OVER,
    Thing.PLACED: _OURS,
    Thing.COPY: _OURS,
    Thing.DISPLACED: _OURS | {names.ALLOWED: "true"},
    Thing.LEFT: _OURS,
    Thing.INHERITED: _OTHERS,
    Thing.OUTRANKED: _OTHERS,
    Thing.YIELDED: _OURS,
    Thing.CONTROLLED: _OURS,
    Thing.CONTROLLED_HANDED_OVER: _OURS | _HANDED_OVER,
    Thing.CERTIFICATE: _OURS | _CERTIFICATE,
    Thing.CERTIFICATE_HANDED_OVER: _OURS | _CERTIFICATE | _HANDED_OVER,
    Thing.PULL_MIRROR: {names.REFLECTS: SOURCE.path},
    Thing.STRAY_PULL_MIRROR: {names.REFLECTS: SOURCE.path, names.AUTO_REFLECTS: "False"},
    Thing.HANDED_OVER: _HANDED_OVER,
    Thing.HANDED_OVER_BY_ANOTHER: _OTHERS | _HANDED_OVER,
    Thing.OTHERS: _OTHERS,
    Thing.OTHERS_PULL_MIRROR: {names.REFLECTS: OTHER.path},
    Thing.OTHERS_HANDED_OVER: {names.ADOPT: OTHER.path},
    Thing.FOREIGN: {},
    Thing.FOREIGN_CERTIFICATE: _CERTIFICATE,
}
_VERSIONS: Final = {Version.SAME: _VERSION, Version.OTHER: "1", Version.NONE: ""}
_KEYS: Final = HashKeys({"1": b"former" * 8, "2": b"newest" * 8})
_HASHES: Final = {
    Hash.SAME: _KEYS.sign(CONTENT.hash, SOURCE),
    Hash.OTHER: _KEYS.sign(_RENEWED.hash, SOURCE),
    Hash.FORMER_KEY: HashKeys({"1": b"former" * 8}).sign(CONTENT.hash, SOURCE),
    Hash.LOST_KEY: HashKeys({"0": b"lost" * 8}).sign(CONTENT.hash, SOURCE),
}
_TEAM: Final = {"team": "shop"}
_CONTACT: Final = {"contact": "shop"}
_COPIED: Final = _CONTACT | {names.COPIED: '{"labels": ["team"], "annotations": ["contact"]}'}
_COPIES: Final[Mapping[Copies, tuple[dict[str, str], dict[str, str]]]] = {
    Copies.NONE: ({}, {}),
    Copies.SAME: (_TEAM, _COPIED),
    Copies.CHANGED: (_TEAM, _COPIED | {"contact": "former"}),
    Copies.TAKEN_OFF: ({}, _COPIED),
    Copies.NO_LONGER: (_TEAM, _COPIED),
    Copies.MISSING: ({}, {}),
}


def source_of(each: Combination) -> Source:
    """Make the source of a combination."""
    made = _source(
        each.origin,
        each.rule,
        is_renamed=each.place in {Place.OTHER_NAME, Place.FORMER_NAME},
        copies=each.copies not in {Copies.NONE, Copies.NO_LONGER},
        switches=(each.recreate, each.repair),
    )
    return _keyed(made)


def cell_of(each: Combination) -> Cell:
    """Make the cell of a combination."""
    return Cell(
        _namespace(each.rule, consents=each.consents, goes=each.namespace_goes),
        _found(
            each.thing,
            each.place,
            (each.labels, each.hash, each.version, each.copies, each.edit),
            goes=each.goes,
            notes=_repairs(each),
        ),
        declared=each.thing is Thing.PULL_MIRROR,
        is_loss=each.is_loss,
        heir=HEIR if each.thing is Thing.LEFT and each.origin in _ENDED else None,
        heir_of=OTHER if each.thing is Thing.INHERITED else None,
        before=BEFORE if each.thing is Thing.YIELDED or each.free is Free.RIVALS else None,
        over=OTHER if each.thing is Thing.OUTRANKED else None,
        kept_for=OTHER if each.free is Free.KEPT else None,
    )


def _keyed(source: Source) -> Source:
    return dataclasses.replace(source, hash_keys=_KEYS)


@cache
def _source(
    origin: Origin, rule: Rule, *, is_renamed: bool, copies: bool, switches: tuple[bool, bool]
) -> Source:
    if origin is Origin.GONE:
        return Source.of(SOURCE, None)
    annotations = EVERYWHERE | _RULES[rule] | _WISHES.get(origin, {})
    recreate, repair = (str(switch).lower() for switch in switches)
    annotations |= {names.RECREATE: recreate, names.REPAIR: repair}
    annotations |= {names.NAME: _OTHER_NAME} if is_renamed else {}
    annotations |= {names.COPY_LABELS: "team", names.COPY_ANNOTATIONS: "contact"} if copies else {}
    annotations |= _CONTACT
    labels = {names.ROLE: names.ROLE_SOURCE, **_TEAM}
    found = metadata(SOURCE, annotations=annotations, labels=labels, version=_VERSION)
    if origin in {Origin.METADATA, Origin.UNREADABLE}:
        return Source.of(SOURCE, found)
    return Source.read(SOURCE, Object(found, CONTENT))


@cache
def _namespace(rule: Rule, *, consents: bool, goes: bool) -> Namespace:
    accepted = Globs.parse(SOURCE.path) if consents else None
    if rule is Rule.NOT_ACCEPTED:
        accepted = Globs.parse(OTHER.path)
    return Namespace("dev", terminating=goes, accepted=accepted)


@cache
def _found(
    thing: Thing,
    place: Place,
    written: tuple[Labels, Hash, Version, Copies, Edit],
    *,
    goes: bool,
    notes: str,
) -> Metadata | None:
    if thing is Thing.NOTHING:
        return None
    labels, noted, version, copies, edit = written
    copied_labels, copied_annotations = _COPIES[copies]
    ref = Ref(SECRET, "dev", _NAMES[place])
    found = metadata(
        ref,
        labels=_labels(thing, labels) | copied_labels,
        annotations={
            names.REFLECTED_VERSION: _VERSIONS[version],
            **({names.CONTENT_HASH: _HASHES[noted]} if noted in _HASHES else {}),
            **copied_annotations,
            **({names.REPAIRS: notes} if notes else {}),
            **_SAYS[thing],
            **_place(thing, ref),
        },
        terminating=goes,
        fields=Fields(CONTENT.keys),
        controller="ExternalSecret tls" if thing in _CONTROLLED else "",
    )
    return _edited(found, edit)


def _place(thing: Thing, ref: Ref) -> dict[str, str]:
    if thing is Thing.COPY:
        return {names.PLACE: place_of(ref.in_namespace("shop"))}
    is_noted = thing in {
        Thing.PLACED,
        Thing.LEFT,
        Thing.INHERITED,
        Thing.OUTRANKED,
        Thing.YIELDED,
    }
    return {names.PLACE: place_of(ref)} if is_noted else {}


def _repairs(each: Combination) -> str:
    """Make what is noted of a mirror that was put right five times."""
    if each.contest is Contest.NONE:
        return ""
    source = source_of(each._replace(origin=Origin.READ))
    noted = json.loads(counted(source, metadata(SOURCE), AT.isoformat()))
    ago = timedelta(days=1) if each.contest is Contest.OVER else timedelta(hours=23)
    former = {"version": "1", "asked": "something else"} if each.contest is Contest.FORMER else {}
    return json.dumps({**noted, "times": 5, "at": (AT - ago).isoformat(), **former})


def _labels(thing: Thing, labels: Labels) -> dict[str, str]:
    if labels is Labels.NONE:
        return {}
    named = {names.SOURCE: source_label(OTHER if labels is Labels.OTHERS else SOURCE)}
    is_declared = thing in {Thing.PULL_MIRROR, Thing.STRAY_PULL_MIRROR}
    if labels is not Labels.WITHOUT_ROLE:
        named[names.ROLE] = "pull-mirror" if is_declared else "mirror"
    if labels is not Labels.UNMANAGED and not is_declared:
        named[names.MANAGED_BY] = "kn-mirror"
    return named


def _edited(found: Metadata, edit: Edit) -> Metadata:
    match edit:
        case Edit.NONE:
            return found
        case Edit.LABEL:
            return replace(found, labels={**found.labels, names.EDITED: "true"})
        case Edit.MANAGER:
            return replace(found, fields=Fields(CONTENT.keys, "kubectl-edit"))
        case Edit.KEYS:
            return replace(found, fields=Fields(frozenset({"data/tls.crt"})))
        case Edit.APPLIED:
            return replace(found, fields=Fields(CONTENT.keys, is_applied=True, withheld=True))
