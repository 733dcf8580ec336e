"""Knative's own CustomResourceDefinitions, out of the modules that its programs are built from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.lab.programs.catalogue import EVENTING, SERVING
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.lab.api import Api

Definition = dict[str, Any]

_COLLECTION: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_APPLY: Final = "application/apply-patch+yaml"
_AS: Final = "fieldManager=tests&force=true"


@cache
def definitions() -> tuple[Definition, ...]:
    """Return the definitions of Knative Eventing, its in-memory channel and Knative Serving.

    They are as published: some of them name a webhook that converts between their versions.

    Raises:
        ProgramError: the modules cannot be had.
    """
    return tuple(each for folder in _folders() for each in _read(folder))


def establish(api: Api, published: Iterable[Definition], *, webhooks: bool = False) -> None:
    """Make an API server serve these definitions, and wait until it does.

    It may serve some of them already.

    Args:
        api: the server, spoken to as an administrator.
        published: the definitions.
        webhooks: whether Knative's webhooks run. Where they do not, versions are not converted;
            of the kinds of a data plane they differ in nothing but their name.

    Raises:
        AssertionError: the server does not serve them.
    """
    wanted = [each if webhooks else _without_conversion(each) for each in published]
    for each in wanted:
        path = f"{_path(each)}?{_AS}"
        answer = api.request("PATCH", path, each, content_type=_APPLY)
        assert answer, f"{each['metadata']['name']} was refused: {answer.body}"
    eventually(lambda: all(_is_served(api, each) for each in wanted), within=60)


def _folders() -> Iterator[Path]:
    yield EVENTING.folder() / "config" / "core" / "resources"
    yield EVENTING.folder() / "config" / "channels" / "in-memory-channel" / "resources"
    yield SERVING.folder() / "config" / "core" / "300-resources"
    # In Serving's own repository these are links, which a module has not.
    for module in ("networking", "caching"):
        yield SERVING.dependency(f"knative.dev/{module}") / "config"


def _read(folder: Path) -> Iterator[Definition]:
    for file in sorted(folder.glob("*.yaml")):
        for document in yaml.load_all(file.read_text(), yaml.CSafeLoader):
            if document and document["kind"] == "CustomResourceDefinition":
                yield document


def _without_conversion(definition: Definition) -> Definition:
    spec = {name: value for name, value in definition["spec"].items() if name != "conversion"}
    return {**definition, "spec": spec}


def _path(definition: Definition) -> str:
    return f"{_COLLECTION}/{definition['metadata']['name']}"


def _is_served(api: Api, definition: Definition) -> bool:
    """Whether objects can be made, which may be some time after the condition says so."""
    spec = definition["spec"]
    return all(
        bool(api.request("GET", f"/apis/{spec['group']}/{each['name']}/{spec['names']['plural']}"))
        for each in spec["versions"]
        if each["served"]
    )
