"""The cluster: what is asked of the API server, and how its answers are taken."""

from __future__ import annotations

import json
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.cluster.decoding import Decoder
from mirroring.errors import ApiError, Expired, Stale, TooLarge, Unavailable
from mirroring.objects.changes import Delete, Patch, Post
from mirroring.objects.field_owners import Fields
from mirroring.objects.references import SECRET, Ref
from tests.stand_ins import OneByOne
from tests.unit.examples import CONTENT, SOURCE, metadata

if TYPE_CHECKING:
    from mirroring.cluster.reading import ApiReader
    from mirroring.cluster.writing import ApiWriter

ITEM = {"metadata": {"name": "tls", "namespace": "prod", "uid": "u", "resourceVersion": "1"}}
OTHER = {"metadata": {**ITEM["metadata"], "name": "other"}}


class Script:
    """A transport that gives prepared answers, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def request(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        """Give the next answer."""
        self.asked.append({"method": method, "path": path, **options})
        status, answer = self.answers.pop(0)
        return status, json.dumps(answer, separators=(",", ":")).encode()

    @property
    def cluster(self) -> Cluster:
        """A cluster that is reached by this transport."""
        return Cluster(Connection(self, OneByOne()))

    @property
    def reader(self) -> ApiReader:
        """Its reader."""
        return self.cluster.reader

    @property
    def writer(self) -> ApiWriter:
        """Its writer."""
        return self.cluster.writer


def page(*items: object, following: str = "") -> tuple[int, object]:
    """One page of a list."""
    return 200, {"items": list(items), "metadata": {"continue": following}}


def test_an_object_that_is_not_there_is_none() -> None:
    assert Script((404, {})).reader.get(SOURCE) is None


@pytest.mark.parametrize("status", [400, 401, 403, 409, 410, 429, 500, 503])
def test_an_object_that_cannot_be_read_is_not_taken_for_absent(status: int) -> None:
    with pytest.raises(ApiError):
        Script((status, {})).reader.metadata(SOURCE)


def test_all_pages_of_a_list_are_read() -> None:
    script = Script(page(ITEM, following="next"), page(OTHER))

    found = script.reader.list_metadata(SECRET)

    assert [each.ref.name for each in found] == ["tls", "other"]
    assert ("continue", "next") in script.asked[1]["query"]


def test_an_empty_list_of_metadata_is_null() -> None:
    assert Script((200, {"items": None, "metadata": {}})).reader.list_metadata(SECRET) == []


def test_a_list_whose_state_expired_is_begun_again() -> None:
    script = Script(page(ITEM, following="next"), (410, {"reason": "Expired"}), page(OTHER))

    assert [each.ref.name for each in script.reader.list_metadata(SECRET)] == ["other"]


def test_a_list_whose_state_keeps_expiring_is_an_error() -> None:
    with pytest.raises(Expired):
        Script(*[(410, {"reason": "Expired"})] * 3).reader.list_metadata(SECRET)


def test_lists_are_of_metadata_in_pages_and_compressed() -> None:
    script = Script(page())

    script.reader.list_metadata(SECRET, name="tls", selector="a=b")

    (asked,) = script.asked
    assert asked["path"] == "/api/v1/secrets"
    assert asked["headers"]["Accept-Encoding"] == "gzip"
    assert "PartialObjectMetadataList" in asked["headers"]["Accept"]
    assert asked["query"][:3] == [
        ("fieldSelector", "metadata.name=tls"),
        ("labelSelector", "a=b"),
        ("limit", "500"),
    ]


def test_a_page_that_is_too_large_is_asked_for_again_with_fewer_objects() -> None:
    """F3. Guards `_Pages`: what is asked for then grows again."""

    class Bounded(Script):
        def request(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
            if int(dict(options["query"])["limit"]) > 100 and options["most"] and self.answers:
                self.asked.append({"method": method, "path": path, **options})
                raise TooLarge("It is longer than it may be.")
            return super().request(method, path, **options)

    script = Bounded(page(ITEM, following="next"), page(OTHER))

    found = script.reader.list_metadata(SECRET)

    assert [each.ref.name for each in found] == ["tls", "other"]
    assert [dict(each["query"])["limit"] for each in script.asked] == ["500", "125", "31", "62"]


def test_a_list_keeps_only_what_is_asked_for() -> None:
    script = Script(page(ITEM, OTHER))

    found = script.reader.list_metadata(SECRET, only=lambda each: each.ref.name == "other")

    assert [each.ref.name for each in found] == ["other"]


def test_every_write_names_its_field_manager() -> None:
    script = Script((201, ITEM), (200, ITEM))

    script.writer.apply(Post(SOURCE, b"{}", CONTENT))
    script.writer.apply(Patch(metadata(SOURCE), b"[]"))

    assert [asked["query"] for asked in script.asked] == [[("fieldManager", "kn-mirror")]] * 2


def test_a_delete_carries_the_uid_and_the_resource_version_that_were_seen() -> None:
    script = Script((200, {}))

    script.writer.apply(Delete(metadata(SOURCE, version="41")))

    seen = {"uid": f"uid of {SOURCE}", "resourceVersion": "41"}
    assert json.loads(script.asked[0]["body"])["preconditions"] == seen


def test_a_write_to_what_is_gone_is_stale() -> None:
    with pytest.raises(Stale):
        Script((404, {"reason": "NotFound"})).writer.apply(Delete(metadata(SOURCE)))


def test_a_server_that_fails_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Script((500, {})).writer.apply(Post(Ref(SECRET, "dev", "tls"), b"{}", CONTENT))


def test_requests_are_counted() -> None:
    cluster = Script(page(ITEM, following="next"), page(OTHER), (404, {})).cluster

    cluster.reader.list_metadata(SECRET)
    cluster.reader.get(SOURCE)

    assert cluster.calls == 3


def test_a_dry_run_only_asks_the_api_server() -> None:
    script = Script((201, ITEM), (200, {}))
    writer = Cluster(Connection(script, OneByOne()), dry_run=True).writer

    writer.apply(Post(SOURCE, b"{}", CONTENT))
    writer.apply(Delete(metadata(SOURCE)))

    assert all(("dryRun", "All") in asked["query"] for asked in script.asked)
    assert json.loads(script.asked[1]["body"])["dryRun"] == ["All"]


def test_an_answer_of_a_proxy_is_taken_for_no_answer() -> None:
    class Proxy(Script):
        def request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
            return 200, b"<html>one moment</html>"

    with pytest.raises(Unavailable):
        Proxy().reader.list_metadata(SECRET)


def test_equal_labels_and_annotations_are_held_once() -> None:
    labelled = {"metadata": {**ITEM["metadata"], "labels": {"a": "b"}}}

    one, other = Script(page(labelled, labelled)).reader.list_metadata(SECRET)

    assert one.labels is other.labels


def test_texts_are_held_once_in_labels_and_annotations_that_differ() -> None:
    """Guards what `Decoder._keep` lets others share."""
    differing = [{**ITEM["metadata"], "labels": {"team": "shop", "n": n}} for n in "12"]

    one, other = Script(page(*({"metadata": each} for each in differing))).reader.list_metadata(
        SECRET
    )

    assert one.labels["team"] is other.labels["team"]
    assert one.ref.name is other.ref.name


@pytest.mark.parametrize("field", ["labels", "annotations", "managedFields"])
@pytest.mark.parametrize("value", [["hunter2"], {"hunter2": []}, "hunter2"])
def test_metadata_that_no_api_server_sends_are_taken_for_no_answer(field: str, value: Any) -> None:
    """What is decoded late is told of no otherwise, and not quoted either."""
    item = {"metadata": {**ITEM["metadata"], field: value}}

    with pytest.raises(Unavailable) as caught:
        Script(page(item)).reader.list_metadata(SECRET)

    assert "hunter2" not in "".join(format_exception(caught.value))


@pytest.mark.parametrize("field", ["labels", "annotations", "managedFields"])
def test_metadata_that_are_null_are_empty(field: str) -> None:
    item = {"metadata": {**ITEM["metadata"], field: None}}

    (found,) = Script(page(item)).reader.list_metadata(SECRET)

    assert (found.labels, found.annotations, found.fields) == ({}, {}, Fields(is_told=False))


def placed(namespace: str, place: str, **more: str) -> dict[str, Any]:
    """An object as the API server writes it, with its annotations in the order of their names."""
    annotations = {names.CONTENT_HASH: "1", names.PLACE: place, names.REFLECTS: "prod/tls", **more}
    metadata = {**ITEM["metadata"], "namespace": namespace, "annotations": annotations}
    return {"metadata": metadata}


def test_mirrors_that_each_say_where_they_are_hold_their_annotations_once() -> None:
    """Guards `Decoder._without_own_place`: a hundred thousand of them would need 100 MB more."""
    here, there = placed("dev", "Secret/dev/tls"), placed("stage", "Secret/stage/tls")

    one, other = Script(page(here, there)).reader.list_metadata(SECRET)

    assert one.annotations is other.annotations
    assert one.annotations == {names.CONTENT_HASH: "1", names.REFLECTS: "prod/tls"}
    assert (one.place, other.place) == ("", "")


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize(
    ("annotations", "place"),
    [
        ({}, None),
        ({names.PLACE: "Secret/dev/tls"}, ""),
        ({names.PLACE: "Secret/stage/tls"}, "Secret/stage/tls"),
        ({names.PLACE: "ConfigMap/dev/tls"}, "ConfigMap/dev/tls"),
        ({names.PLACE: ""}, "nowhere"),
        ({"note": f'"{names.PLACE}":"Secret/dev/tls",', "other": "note"}, None),
    ],
)
def test_where_an_object_says_that_it_was_written_is_told_apart_from_its_annotations(
    annotations: dict[str, str], place: str | None, separators: tuple[str, str]
) -> None:
    """However often it is read: what is held of one is not taken for another's."""
    item = {"metadata": {**ITEM["metadata"], "namespace": "dev", "annotations": annotations}}
    body = json.dumps({"metadata": {}, "items": [item, item]}, separators=separators).encode()

    one, again = Decoder(SECRET).page(body)[0]

    without = {name: text for name, text in annotations.items() if name != names.PLACE}
    assert (one.annotations, one.place) == (again.annotations, again.place) == (without, place)
