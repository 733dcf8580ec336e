"""Who comes to the tests' control planes, besides the administrator."""

from __future__ import annotations

from typing import Any, Final

from tests.lab.controlplane import User

# All that mirroring asks of every namespace; no function of it needs more.
RIGHTS_OF_FUNCTIONS: Final[tuple[dict[str, Any], ...]] = (
    {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]},
    {
        "apiGroups": [""],
        "resources": ["secrets", "configmaps"],
        "verbs": ["get", "list", "create", "patch", "delete"],
    },
    {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
)
# In its own namespace on-resync may do more; here nobody's is the user's own.
_LEASES: Final = {
    "apiGroups": ["coordination.k8s.io"],
    "resources": ["leases"],
    "verbs": ["get", "create", "patch"],
}

# One stands for all functions; the other may do nothing.
USERS: Final = (User("functions", rules=(*RIGHTS_OF_FUNCTIONS, _LEASES)), User("outsider"))
