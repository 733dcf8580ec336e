"""References: names from outside are taken only if Kubernetes would take them."""

from __future__ import annotations

import pytest

from mirroring.objects.references import NAMESPACE, SECRET, Ref


def test_a_secret_is_named_by_namespace_and_name() -> None:
    assert Ref.parse("Secret", "prod", "tls.example.com") == Ref(SECRET, "prod", "tls.example.com")


def test_a_namespace_is_named_by_its_name_alone() -> None:
    assert Ref.parse("Namespace", "", "prod") == Ref(NAMESPACE, "", "prod")


def test_a_reference_reads_as_a_person_would_write_it() -> None:
    assert str(Ref(SECRET, "prod", "tls")) == "Secret prod/tls"


@pytest.mark.parametrize(
    ("kind", "namespace", "name"),
    [
        ("Pod", "prod", "web"),
        ("secret", "prod", "tls"),
        ("Secret", "", "tls"),
        ("Secret", "prod", ""),
        ("Secret", "prod", "../../nodes"),
        ("Secret", "prod/../kube-system", "tls"),
        ("Secret", "prod", "tls?dryRun=All"),
        ("Secret", "prod", "tls\n"),
        ("Secret", "prod", "TLS"),
        ("Secret", "prod", "a" * 254),
        ("Secret", "p" * 64, "tls"),
        ("Secret", "prod", "-tls"),
        ("Secret", "prod", "tls."),
        ("Namespace", "prod", "prod"),
        ("Namespace", "", "a.b"),
    ],
)
def test_what_kubernetes_would_not_accept_is_refused(kind: str, namespace: str, name: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        Ref.parse(kind, namespace, name)
