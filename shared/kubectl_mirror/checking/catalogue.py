"""The checks that there are, in the order in which one rests on the others."""

from __future__ import annotations

from typing import Final

from kubectl_mirror.checking import (
    adapters,
    knative,
    mirrors,
    others,
    parts,
    policies,
    rights,
    servers,
)
from kubectl_mirror.checking.checks import Check

_SERVER: Final = "API server"
_KNATIVE: Final = "Knative"
_PARTS: Final = "kn-mirror"
_POLICIES: Final = "Admission policies"
_RIGHTS: Final = "Rights"
_RESYNCS: Final = "Events and resyncs"
_MIRRORS: Final = "Sources and mirrors"
_OTHERS: Final = "Other tools"

# A code stands for its check for good; those that come are added.
CHECKS: Final = (
    Check("KM901", _SERVER, "it is new enough", servers.version, before=True),
    Check("KM902", _SERVER, "it serves admission policies", servers.admission, before=True),
    Check("KM911", _KNATIVE, "Serving is installed", knative.serving, before=True),
    Check("KM912", _KNATIVE, "Eventing is installed", knative.eventing, before=True),
    Check("KM913", _KNATIVE, "its controllers run", knative.controllers, before=True),
    Check("KM914", _KNATIVE, "a Broker can work", knative.broker_class, before=True),
    Check("KM915", _KNATIVE, "it knows whether there is a mesh", knative.mesh, before=True),
    Check("KM920", _PARTS, "it is installed", parts.installed, bears=True),
    Check("KM921", _PARTS, "all its parts are there", parts.parts),
    Check("KM922", _PARTS, "its image can be had", parts.images),
    Check("KM923", _PARTS, "its functions are ready", parts.functions),
    Check("KM924", _PARTS, "its Broker and Triggers are ready", parts.delivery),
    Check("KM925", _PARTS, "its event sources are ready", parts.watches),
    Check("KM926", _PARTS, "its parts are of one version", parts.versions),
    Check("KM927", _PARTS, "its settings are understood", parts.settings),
    Check("KM928", _PARTS, "hashes of contents are signed", parts.hash_key),
    Check("KM931", _POLICIES, "they are there", policies.presence),
    Check("KM932", _POLICIES, "they are in force", policies.bindings),
    Check("KM933", _POLICIES, "the API server understands them", policies.expressions),
    Check("KM941", _RIGHTS, "each account has those that it needs", rights.lacking),
    Check("KM942", _RIGHTS, "no account has more", rights.beyond),
    Check("KM943", _RIGHTS, "the policies know the accounts", rights.guarded),
    Check("KM951", _RESYNCS, "adapters can start", adapters.names, before=True),
    Check("KM952", _RESYNCS, "resyncs happen", mirrors.resyncs),
    Check("KM961", _MIRRORS, "what is annotated is labelled", mirrors.labels),
    Check("KM962", _MIRRORS, "sources can be read", mirrors.mistakes),
    Check("KM963", _MIRRORS, "annotations are understood", mirrors.misreadings),
    Check("KM964", _MIRRORS, "mirrors are in sync", mirrors.mirrors),
    Check("KM971", _OTHERS, "Reflector does not run", others.reflector, before=True),
)
