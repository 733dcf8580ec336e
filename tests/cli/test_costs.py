"""What an answer costs in a large cluster: requests, judgements and memory, counted."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from threading import Barrier, Lock
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from kubectl_mirror.access.transports import MetadataOnly
from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.states import State
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.showing.documents import Each, as_json, as_yaml
from kubectl_mirror.showing.pages import Output
from kubectl_mirror.showing.statuses import status_page
from mirroring import names
from mirroring.cluster.reading import ApiReader
from mirroring.planning import plans
from mirroring.policies.limits import Limits
from sandbox import kinds
from tests.stories import PERMISSION
from tests.strategies import OWN, World
from tests.trials import DATA, DirectTransport, Trial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers import Server

SOURCES: Final = 3
# Bytes that a mirror may take with its share of a namespace: of 150 MB 15,000 take 18.
A_MIRROR: Final = 1_200
LISTS: Final = ("/api/v1/namespaces", "/api/v1/secrets", "/api/v1/configmaps")


def cluster(namespaces: int) -> Trial:
    """Sources with a mirror in each of many namespaces."""
    trial = Trial(World(auto="team-.*"))
    for number in range(namespaces):
        metadata = {"name": f"team-{number}", "labels": {"number": str(number)}}
        trial.as_user.create(kinds.NAMESPACE, "", {"metadata": metadata})
    for number in range(1, SOURCES):
        annotations = PERMISSION | {names.AUTO_NAMESPACES: "team-.*"}
        trial.make_secret(OWN, annotations, DATA, name=f"tls-{number}")
    trial.handle("tick")
    return trial


class Direct(DirectTransport):
    """A transport whose answers are written as an API server writes them."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial.store)

    def request(self, method: str, path: str, **named: Any) -> tuple[int, bytes]:
        """Answer."""
        status, body = super().request(method, path, **named)
        return status, json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True).encode()


def survey_of(transport: Any) -> Survey:
    reader = ApiReader(MetadataOnly(transport, {}))
    return Survey(reader, Limits(), None, "kn-mirror", datetime.now(UTC))


@pytest.fixture(scope="module")
def many() -> Trial:
    return cluster(600)


@pytest.fixture(scope="module")
def more() -> Trial:
    return cluster(1_200)


def test_of_mirrors_that_say_the_same_one_of_each_source_is_judged(
    many: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[object] = []
    judge = plans.judge

    def counted(source: Any, cell: Any, **at: Any) -> Any:
        judged.append(cell)
        return judge(source, cell, **at)

    monkeypatch.setattr(plans, "judge", counted)
    answer = survey_of(Direct(many)).answer(Question())

    assert sum(row.counts.total() for row in answer.rows) == SOURCES * 600
    assert len(judged) <= 2 * SOURCES  # Written in two seconds, two may say different times.


def test_each_list_is_read_once_however_many_sources_there_are(many: Trial) -> None:
    transport = Listening(many)

    survey_of(transport).answer(Question())

    assert sorted(each for each in transport.asked if each in LISTS) == sorted(LISTS)
    assert len(transport.asked) == len(LISTS)


def test_where_mirrors_are_missing_namespaces_are_not_read_once_more() -> None:
    trial = cluster(3)
    trial.make_secret(OWN, PERMISSION | {names.AUTO_NAMESPACES: "team-.*"}, DATA, name="new")
    trial.as_user.patch(
        kinds.Ref(kinds.SECRET, OWN, "new"),
        {"metadata": {"labels": {names.ROLE: names.ROLE_SOURCE}}},
        "application/merge-patch+json",
    )
    transport = Listening(trial)

    [lacking] = [row for row in survey_of(transport).answer(Question()).rows if not row.is_well]

    assert lacking.counts == {State.MISSING: 3}
    assert transport.asked.count("/api/v1/namespaces") == 1


class Listening(Direct):
    """Notes which lists are begun to be read."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial)
        self.asked: list[str] = []
        self._lock = Lock()

    def request(self, method: str, path: str, **named: Any) -> tuple[int, bytes]:
        """Note it, unless it is a further page."""
        if not dict(named["query"]).get("continue"):
            with self._lock:
                self.asked.append(path)
            self.begun()
        return super().request(method, path, **named)

    def begun(self) -> None:
        """Do nothing about it."""


class Meeting(Listening):
    """Answers no list before all of them were asked for."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial)
        self._all = Barrier(len(LISTS), timeout=30)

    def begun(self) -> None:
        """Wait for the others."""
        self._all.wait()


def test_lists_are_read_at_the_same_time(many: Trial) -> None:
    answer = survey_of(Meeting(many)).answer(Question())

    assert answer.is_well


def peak(trial: Trial, output: str) -> int:
    """Return how much memory an answer takes at most, in bytes."""
    transport = Direct(trial)
    tracemalloc.start()
    survey = survey_of(transport)
    with redirect_stdout(Nowhere()):
        status_page(survey.answer(Question()), survey.now).show(Output(output))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


class Nowhere(StringIO):
    """Keeps nothing of what is written."""

    def write(self, text: str, /) -> int:
        """Forget it."""
        return len(text)


@pytest.mark.parametrize("output", ["table", "json", "yaml"])
def test_memory_grows_by_little_with_each_mirror(many: Trial, more: Trial, output: str) -> None:
    peak(many, output)  # What is loaded, and remembered, is no mirror's.

    grown = peak(more, output) - peak(many, output)

    assert grown / (SOURCES * 600) < A_MIRROR


def test_entries_are_made_one_by_one_as_they_are_written() -> None:
    made: list[int] = []

    def make(number: int) -> Mapping[str, Any]:
        made.append(number)
        return {"number": number}

    written = as_json({"entries": Each(range(3), make)})
    seen = [(next(written), len(made)) for _ in range(3)]

    assert [count for _, count in seen] == [0, 0, 1]


DOCUMENT: Final[Mapping[str, Any]] = {
    "kind": "Status",
    "none": None,
    "empty": [],
    "text": 'a\n"b" ü \x9b: ',
    "nested": {"a": [1, {"b": []}], "c": {}},
}
ENTRIES: Final = [{"name": "a", "of": []}, {"name": "true", "of": [{"x": "ü"}]}]


@pytest.mark.parametrize("entries", [[], ENTRIES[:1], ENTRIES], ids=len)
@pytest.mark.parametrize("last", [{}, {"last": 1}], ids=len)
def test_what_is_written_by_parts_is_what_is_written_at_once(
    entries: list[Any], last: dict[str, Any]
) -> None:
    whole = {**DOCUMENT, "entries": entries, **last}
    parts = {**DOCUMENT, "entries": Each(entries, lambda entry: entry), **last}

    assert "\n".join(as_json(parts)) == json.dumps(whole, indent=2)
    assert yaml.safe_load("\n".join(as_yaml(parts))) == whole


def test_status_loads_nothing_that_only_others_need(server: Server) -> None:
    script = (
        "import sys; from kubectl_mirror.commands import main; "
        f"code = main(['status', '-A', '--kubeconfig', {str(server.admin_kubeconfig)!r}]); "
        "print(code, *sys.modules, file=sys.stderr)"
    )

    said = subprocess.run(  # noqa: S603 (no input from outside)
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stderr.splitlines()[-1]

    code, *loaded = said.split()
    assert code == "0"
    assert {"regex", "subprocess", "kubectl_mirror.asking.changes"} & {*loaded} == set()
    assert {"kubectl_mirror.showing.pictures", "kubectl_mirror.asking.objects"} & {*loaded} == set()
