"""The demonstration's picture: what is in each namespace."""

from __future__ import annotations

from typing import Any

from demo.pictures import Cell, Cells, differences, look
from mirroring.names import SOURCE

ONE, TWO = {"tls.crt": "MQ=="}, {"tls.crt": "Mg=="}


def secret(data: dict[str, str], *, mirror: bool = True) -> dict[str, Any]:
    return {"metadata": {"labels": {SOURCE: "…"} if mirror else None}, "data": data}


def seen(**secrets: dict[str, Any]) -> Cells:
    return look(["prod", "dev", "new"], ["prod", "dev"], secrets, source="prod")


def test_a_namespace_without_the_secret_holds_nothing() -> None:
    assert seen()["dev"] is Cell.ABSENT


def test_a_namespace_that_is_not_there_is_not_shown() -> None:
    assert seen()["new"] is None


def test_the_source_is_told_from_its_mirrors() -> None:
    assert seen(prod=secret(ONE, mirror=False))["prod"] is Cell.SOURCE


def test_a_mirror_with_the_sources_content_is_current() -> None:
    assert seen(prod=secret(ONE), dev=secret(ONE))["dev"] is Cell.CURRENT


def test_a_mirror_with_other_content_is_not() -> None:
    assert seen(prod=secret(ONE), dev=secret(TWO))["dev"] is Cell.OTHER


def test_a_mirror_without_a_source_is_not() -> None:
    assert seen(dev=secret(ONE))["dev"] is Cell.OTHER


def test_what_is_no_mirror_is_foreign_whatever_it_holds() -> None:
    assert seen(prod=secret(ONE), dev=secret(ONE, mirror=False))["dev"] is Cell.FOREIGN


def test_each_namespace_that_is_not_as_it_should_be_is_told() -> None:
    found: Cells = {"dev": Cell.ABSENT, "new": None, "prod": Cell.SOURCE}

    assert differences(found, {"dev": Cell.CURRENT, "new": Cell.ABSENT, "prod": Cell.SOURCE}) == [
        "dev has nothing, not a mirror like it",
        "new has no namespace, not nothing",
    ]
