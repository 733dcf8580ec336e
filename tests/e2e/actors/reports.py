"""What was reported of clusters in which others write, each as a world that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.e2e.actors.stages import Overlay
from tests.e2e.actors.worlds import Feature, Part, Role, Turn, World

if TYPE_CHECKING:
    from collections.abc import Mapping


REPORTS: Final[Mapping[str, World]] = {
    "R02 a Certificate moves onto a mirror": World(
        owner=Part(Role.ISSUER, "new"), turns=(Turn(0, "move"),)
    ),
    "R02 the old one goes first": World(
        owner=Part(Role.ISSUER, "new"), turns=(Turn(0, "move_hastily", heard=0),)
    ),
    "R03 a source moves onto a mirror": World(turns=(Turn(0, "move"),)),
    "R03 the old one goes first": World(turns=(Turn(0, "move_hastily", heard=0),)),
    "R04 all metadata go in one write": World(turns=(Turn(0, "strip"),), overlay=Overlay.DEFAULT),
    "R05 deleted and made again without annotations": World(
        turns=(Turn(0, "remake_bare"),), overlay=Overlay.DEFAULT
    ),
    "R06 stringData by server-side apply": World(
        cast=(Part(Role.PERSON),), turns=(Turn(1, "edit_by_apply"),)
    ),
    "R07 an operator adopts a mirror": World(
        cast=(Part(Role.OPERATOR),), turns=(Turn(1, "adopt"),)
    ),
    "R08 the manifest of a pull mirror is applied again": World(
        cast=(Part(Role.STUB_GIT_OPS),), turns=(Turn(1, "sync"),)
    ),
    "R09 a mirror is copied to another namespace": World(
        cast=(Part(Role.PERSON),), turns=(Turn(1, "copy_elsewhere"),)
    ),
    "R09 a mirror is copied under another name": World(
        cast=(Part(Role.PERSON),), turns=(Turn(1, "copy_beside"),)
    ),
    "R10 a copier clones a mirror": World(cast=(Part(Role.COPIER),), turns=(Turn(1, "clone"),)),
    "R11 a policy adds a key": World(
        cast=(Part(Role.POLICY), Part(Role.PERSON)),
        turns=(Turn(1, "rule"), Turn(0, "renew"), Turn(2, "edit")),
        kind="ConfigMap",
    ),
    "R11 a policy takes labels away": World(
        cast=(Part(Role.POLICY, variant=3),), turns=(Turn(1, "rule"), Turn(0, "renew"))
    ),
    "R11 a controller insists on a value": World(
        cast=(Part(Role.INSISTER),), turns=(Turn(1, "insist"),), kind="ConfigMap"
    ),
    "R11 a controller takes labels away": World(
        cast=(Part(Role.INSISTER, variant=1),), turns=(Turn(1, "insist"),)
    ),
    "R11 a controller takes annotations away": World(
        cast=(Part(Role.INSISTER, variant=2),), turns=(Turn(1, "insist"),)
    ),
    "R11 a tool applies its manifest onto a mirror": World(
        cast=(Part(Role.GIT_OPS),), turns=(Turn(1, "sync"),)
    ),
    "R12 managedFields are cleared": World(
        cast=(Part(Role.PERSON),), turns=(Turn(1, "add_and_clear"),), kind="ConfigMap"
    ),
    "R14 a tool deletes what has its label": World(
        cast=(Part(Role.COLLECTOR),),
        turns=(Turn(0, "renew"),),
        features=frozenset({Feature.COPIES}),
    ),
    "R14 a tool writes into what has its label": World(
        cast=(Part(Role.COLLECTOR, variant=1),),
        turns=(Turn(0, "renew"),),
        kind="ConfigMap",
        features=frozenset({Feature.COPIES}),
    ),
    "R16 everything is restored": World(
        cast=(Part(Role.BACKUP),), turns=(Turn(0, "renew"), Turn(1, "restore"))
    ),
    "R19 nothing can be created where a mirror has to be made anew": World(
        cast=(Part(Role.REFUSER),),
        turns=(Turn(1, "rule"), Turn(0, "remake", heard=0)),
        features=frozenset({Feature.IMMUTABLE}),
    ),
    "R25 a copier clones a source": World(
        cast=(Part(Role.COPIER, variant=1),),
        turns=(Turn(1, "clone"), Turn(0, "delete")),
        features=frozenset({Feature.WIDE}),
    ),
    "F4 a source is issued anew where another of its name is": World(
        cast=(Part(Role.RIVAL),), turns=(Turn(0, "delete"),)
    ),
    "F4 a source is issued anew where another of its name is, behind labels": World(
        cast=(Part(Role.RIVAL),), turns=(Turn(0, "delete"),), overlay=Overlay.DEFAULT
    ),
    "F4 the platform's source comes when another of its name is there": World(
        cast=(Part(Role.RIVAL),),
        turns=(Turn(0, "renew"),),
        features=frozenset({Feature.PLATFORM, Feature.LATE}),
    ),
}
