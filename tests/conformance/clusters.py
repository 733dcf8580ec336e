"""A cluster in which every change is followed by its event, and those by theirs."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from mirroring.reporting.reports import Action, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

PREFIX = "reflector.v1.k8s.emberstack.com/"
ALLOWED = {f"{PREFIX}reflection-allowed": "true"}
AUTO = {**ALLOWED, f"{PREFIX}reflection-auto-enabled": "true"}

_WRITTEN = (Action.CREATED, Action.UPDATED, Action.DELETED)
_MANY = 500  # events that one change may lead to, before something goes in circles

Annotations = dict[str, str | None]


def rules(**named: str | None) -> Annotations:
    """Annotations of Reflector, by their names without prefix; underscores stand for hyphens."""
    return {f"{PREFIX}{name.replace('_', '-')}": value for name, value in named.items()}


def auto(**named: str) -> dict[str, str]:
    """A source that is mirrored unasked, by further rules."""
    return AUTO | {name: value or "" for name, value in rules(**named).items()}


def allowed(**named: str) -> dict[str, str]:
    """A source that permits pull mirrors, by further rules."""
    return ALLOWED | {name: value or "" for name, value in rules(**named).items()}


def reflects(source: str, **named: str) -> dict[str, str]:
    """A pull mirror."""
    return {name: value or "" for name, value in rules(reflects=source, **named).items()}


class Cluster:
    """What people do, with kn-mirror at work.

    Args:
        workbench: the cluster.
        handler: kn-mirror.
    """

    def __init__(self, workbench: Workbench, handler: Handler) -> None:
        self.workbench = workbench
        self.handler = handler

    def namespaces(self, *names: str, **labels: str) -> None:
        """Make namespaces, all with these labels."""
        for name in names:
            self.workbench.namespace(name, labels)
            self._follow(self.handler.reconcile_namespace(name))

    def label_namespace(self, name: str, **labels: str | None) -> Report:
        """Change labels of a namespace; None takes one away."""
        self.workbench.patch("Namespace", "", name, {"metadata": {"labels": labels}})
        return self._follow(self.handler.reconcile_namespace(name))

    def write(
        self, path: str, data: Mapping[str, str], annotations: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Report:  # fmt: skip
        """Make the Secret `namespace/name`."""
        namespace, name = path.split("/")
        self.workbench.secret(namespace, name, data, annotations=annotations, **fields)
        return self.happened(path)

    def write_config_map(
        self, path: str, data: Mapping[str, str], binary: Mapping[str, str],
        annotations: Mapping[str, str],
    ) -> Report:  # fmt: skip
        """Make the ConfigMap `namespace/name`; `binary` is in base64."""
        namespace, name = path.split("/")
        body = {
            "metadata": {"name": name, "annotations": annotations},
            "data": data,
            "binaryData": binary,
        }
        self.workbench.create(f"/api/v1/namespaces/{namespace}/configmaps", body)
        return self.happened(path, "ConfigMap")

    def change(self, path: str, **data: str | None) -> Report:
        """Change keys of a Secret; None takes one away. Underscores stand for dots."""
        named = {key.replace("_", "."): value for key, value in data.items()}
        gone = {key: None for key, value in named.items() if value is None}
        texts = {key: value for key, value in named.items() if value is not None}
        return self.patch(path, {"data": gone, "stringData": texts})

    def annotate(self, path: str, annotations: Mapping[str, str | None]) -> Report:
        """Change annotations of a Secret; None takes one away."""
        return self.patch(path, {"metadata": {"annotations": annotations}})

    def patch(self, path: str, change: Mapping[str, Any], kind: str = "Secret") -> Report:
        """Change an object by a merge patch."""
        namespace, name = path.split("/")
        self.workbench.patch(kind, namespace, name, change)
        return self.happened(path, kind)

    def delete(self, path: str) -> Report:
        """Delete a Secret."""
        namespace, name = path.split("/")
        self.workbench.delete("Secret", namespace, name)
        return self.happened(path)

    def happened(self, path: str, kind: str = "Secret") -> Report:
        """Let kn-mirror know of a change; return what came of that at first."""
        namespace, name = path.split("/")
        return self._follow(self.handler.reconcile(namespace, name, kind))

    def resync(self) -> Report:
        """Let the tick come."""
        return self._follow(self.handler.resync())

    def _follow(self, report: Report) -> Report:
        """Deliver the events of what kn-mirror wrote, and of what it wrote by those."""
        written = deque(each.target for each in report.outcomes if each.action in _WRITTEN)
        for _ in range(_MANY):
            if not written:
                return report
            target = written.popleft()
            further = self.handler.reconcile(target.namespace, target.name, target.kind.name)
            written.extend(each.target for each in further.outcomes if each.action in _WRITTEN)
        raise AssertionError("kn-mirror answers its own writes for ever")

    def data(self, path: str) -> dict[str, str] | None:
        """Return what a Secret holds; None when it is not there."""
        found = self.workbench.data(*path.split("/"))
        return None if found is None else {key: value.decode() for key, value in found.items()}

    def mirrored(self, name: str, *, source: str) -> set[str]:
        """Name the namespaces other than the source's that have a Secret of a name."""
        found = self.workbench.names("Secret", fieldSelector=f"metadata.name={name}")
        return {path.split("/")[0] for path in found} - {source}

    def metadata(self, path: str) -> dict[str, Any]:
        """Return the metadata of a Secret that is there."""
        namespace, name = path.split("/")
        found = self.workbench.get("Secret", namespace, name)
        assert found is not None, f"{path} is not there"
        metadata: dict[str, Any] = found["metadata"]
        return metadata
