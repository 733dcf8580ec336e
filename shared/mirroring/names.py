"""The names of every annotation and label that mirroring reads or writes.

Reflector's own names keep its prefix, so that a cluster can change from one tool to the other and
back; what Reflector does not have lives under `kn-mirror.dev/`.
"""

from __future__ import annotations

from typing import Final

REFLECTOR: Final = "reflector.v1.k8s.emberstack.com/"

# On a source, written by its owner.
ALLOWED: Final = REFLECTOR + "reflection-allowed"
ALLOWED_NAMESPACES: Final = REFLECTOR + "reflection-allowed-namespaces"
ALLOWED_NAMESPACES_SELECTOR: Final = REFLECTOR + "reflection-allowed-namespaces-selector"
AUTO_ENABLED: Final = REFLECTOR + "reflection-auto-enabled"
AUTO_NAMESPACES: Final = REFLECTOR + "reflection-auto-namespaces"
AUTO_NAMESPACES_SELECTOR: Final = REFLECTOR + "reflection-auto-namespaces-selector"

# On a source, what Reflector has not.
KEYS: Final = "kn-mirror.dev/keys"
COPY_LABELS: Final = "kn-mirror.dev/copy-labels"
COPY_ANNOTATIONS: Final = "kn-mirror.dev/copy-annotations"
NAME: Final = "kn-mirror.dev/name"
RECREATE: Final = "kn-mirror.dev/recreate"
REPAIR: Final = "kn-mirror.dev/repair"

# On a namespace: the sources whose mirrors it takes.
ACCEPT: Final = "kn-mirror.dev/accept"

# On a mirror: the bookkeeping, the same that Reflector writes.
REFLECTS: Final = REFLECTOR + "reflects"
AUTO_REFLECTS: Final = REFLECTOR + "auto-reflects"
REFLECTED_VERSION: Final = REFLECTOR + "reflected-version"
REFLECTED_AT: Final = REFLECTOR + "reflected-at"

# On a mirror: what Reflector's bookkeeping cannot say.
CONTENT_HASH: Final = "kn-mirror.dev/content-hash"
COPIED: Final = "kn-mirror.dev/copied"
PLACE: Final = "kn-mirror.dev/place"
REPAIRS: Final = "kn-mirror.dev/repairs"
STUB_HASH: Final = "kn-mirror.dev/stub-hash"
SOURCE: Final = "kn-mirror.dev/source"
MANAGED_BY: Final = "app.kubernetes.io/managed-by"
MANAGER: Final = "kn-mirror"

# On a source that was a mirror: the `namespace/name` of the source that it had then.
SUCCEEDS: Final = "kn-mirror.dev/succeeds"

# On an object that its owner hands over to be a mirror: the source's `namespace/name`.
ADOPT: Final = "kn-mirror.dev/adopt"

# On a Secret that cert-manager writes: the Certificate, in the same namespace, that it is for.
CERTIFICATE: Final = "cert-manager.io/certificate-name"

# On a mirror that somebody else has written, put there by the API server for kn-mirror to read it.
EDITED: Final = "kn-mirror.dev/edited"

# On sources, mirrors and pull mirrors: the index that the API server can select by.
ROLE: Final = "kn-mirror.dev/role"
ROLE_SOURCE: Final = "source"
ROLE_MIRROR: Final = "mirror"
ROLE_PULL_MIRROR: Final = "pull-mirror"

# In kn-mirror's own namespace: what on-resync remembers from one resync to the next.
LEASE: Final = "kn-mirror-resync"
LOOKED_AT: Final = "kn-mirror.dev/looked-at-everything"
REMEMBERED: Final = "kn-mirror.dev/remembered"
DIFFERENCES: Final = "kn-mirror.dev/differences"
# There, too: the sources that went of late, whose places are kept for them.
ENDS_LEASE: Final = "kn-mirror-ends"
ENDED: Final = "kn-mirror.dev/ended"
