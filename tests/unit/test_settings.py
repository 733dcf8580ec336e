"""Settings from environment variables."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from mirroring.errors import SettingError
from mirroring.objects.globs import Globs
from mirroring.objects.references import CONFIG_MAP
from mirroring.settings import Settings, Variable, variables

PROJECT = Path(__file__).parents[2]


def test_without_variables_the_defaults_hold() -> None:
    assert Settings.from_environment({"PATH": "/bin"}) == Settings()


def test_every_variable_changes_its_setting() -> None:
    environment = {
        "KN_MIRROR_WRITERS": "64",
        "KN_MIRROR_THREADS": "1",
        "KN_MIRROR_REQUEST_TIMEOUT": " 30 ",
        "KN_MIRROR_REQUEST_RETRIES": "0",
        "KN_MIRROR_RESYNC_DELAY": "0",
        "KN_MIRROR_DEADLINE": "30",
        "KN_MIRROR_FULL_RESYNC_INTERVAL": "0",
        "KN_MIRROR_LOG_LEVEL": "DEBUG",
        "KN_MIRROR_HASH_KEYS": "/keys",
        "KN_MIRROR_KINDS": "configmap",
        "KN_MIRROR_SOURCE_NAMESPACES": "team-*",
        "KN_MIRROR_EXCLUDED_SOURCE_NAMESPACES": "team-x",
        "KN_MIRROR_TARGET_NAMESPACES": "app-?, shop",
        "KN_MIRROR_EXCLUDED_TARGET_NAMESPACES": "kube-*",
        "KN_MIRROR_PLATFORM_NAMESPACES": "cert-manager",
        "KN_MIRROR_CONSENT": "Sources",
        "KN_MIRROR_RESERVED_NAMESPACES": "kube-*",
    }

    settings = Settings.from_environment(environment)

    assert settings == Settings(
        writers=64,
        threads=1,
        request_timeout=30,
        request_retries=0,
        resync_delay=0,
        deadline=30,
        full_resync_interval=0,
        log_level="debug",
        hash_keys="/keys",
        kinds=(CONFIG_MAP,),
        included_sources=Globs(("team-*",)),
        excluded_sources=Globs(("team-x",)),
        included_targets=Globs(("app-?", "shop")),
        excluded_targets=Globs(("kube-*",)),
        platform=Globs(("cert-manager",)),
        consent="sources",
        reserved=Globs(("kube-*",)),
    )
    assert environment.keys() == {variable.name for variable in variables()}


@pytest.mark.parametrize(
    "name",
    ["ES_Reflector__Watcher__ExcludedNamespaces", "ES_REFLECTOR__WATCHER__EXCLUDEDNAMESPACES"],
)
def test_namespaces_excluded_for_reflector_are_excluded_as_sources_only(name: str) -> None:
    limits = Settings.from_environment({name: "ephie-*"}).limits

    assert not limits.sources.permits("ephie-1")
    assert limits.targets.permits("ephie-1")


def test_our_own_name_of_a_setting_counts_before_reflectors() -> None:
    environment = {
        "ES_Reflector__Watcher__ExcludedNamespaces": "theirs",
        "KN_MIRROR_EXCLUDED_SOURCE_NAMESPACES": "ours",
    }

    assert Settings.from_environment(environment).excluded_sources == Globs(("ours",))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("Verbose", "debug"), ("Information", "info"), ("Warning", "warning"), ("Fatal", "error")],
)
def test_reflectors_log_levels_are_understood(theirs: str, ours: str) -> None:
    environment = {"ES_Serilog__MinimumLevel__Default": theirs}

    assert Settings.from_environment(environment).log_level == ours


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert Settings.from_environment({"KN_MIRROR_WRITERS": " "}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("KN_MIRROR_WRITERS", "0", "a whole number from 1 to 64"),
        ("KN_MIRROR_WRITERS", "65", "a whole number from 1 to 64"),
        ("KN_MIRROR_WRITERS", "many", "a whole number from 1 to 64"),
        ("KN_MIRROR_THREADS", "-8", "a whole number from 1 to 64"),
        ("KN_MIRROR_REQUEST_TIMEOUT", "0.5", "a whole number from 1 to 300"),
        ("KN_MIRROR_REQUEST_RETRIES", "11", "a whole number from 0 to 10"),
        ("KN_MIRROR_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("KN_MIRROR_CONSENT", "nobody", "one of namespaces, sources"),
        ("ES_Serilog__MinimumLevel__Default", "loud", "one of debug, info, warning, error"),
        *(
            (variable.name, text, "names with `*` and `?`, separated by commas")
            for variable in variables()
            if isinstance(variable.default, Globs)
            for text in (",", "^team-.*$", "a b", "a;b", "team-[ab]", "!kube-*", "'a'", "a.b")
        ),
        ("KN_MIRROR_KINDS", "Pod", "Secret or ConfigMap, or both separated by a comma"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_the_remedy(
    name: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingError) as refusal:
        Settings.from_environment({name: value})

    assert str(refusal.value).startswith(f"{name} is {value!r}. Set it to {allowed}, or leave it")


@pytest.mark.parametrize("variable", variables(), ids=lambda variable: str(variable.name))
def test_the_readme_explains_every_variable(variable: Variable) -> None:
    readme = (PROJECT / "README.md").read_text()

    default = f"`{variable.shown_default}`" if variable.shown_default else "none"
    row = f"| `{variable.name}` | {default} | {variable.meaning} ({variable.allowed}) |"
    assert row in readme
    assert f"`{variable.reflector}`" in readme or not variable.reflector


@pytest.mark.parametrize(
    ("value", "threads"), [(None, 8), ("", 8), ("3", 3)], ids=["unset", "empty", "set"]
)
def test_gunicorn_has_as_many_threads_as_the_settings_say(
    monkeypatch: pytest.MonkeyPatch, value: str | None, threads: int
) -> None:
    environment = {} if value is None else {"KN_MIRROR_THREADS": value}
    monkeypatch.delenv("KN_MIRROR_THREADS", raising=False)
    monkeypatch.setattr("os.environ", environment)

    configured = runpy.run_path(str(PROJECT / "gunicorn.conf.py"))["threads"]

    assert configured == Settings.from_environment(environment).threads == threads


def test_an_event_under_way_may_end_before_its_pod_does() -> None:
    """Knative has a pod answer for half a minute before it tells gunicorn to end."""
    function = (PROJECT / "knative" / "base" / "every" / "function.yaml").read_text()
    grace = int(function.partition("timeoutSeconds, value: ")[2].partition("}")[0])

    graceful = runpy.run_path(str(PROJECT / "gunicorn.conf.py"))["graceful_timeout"]

    assert Settings().deadline <= 30 + graceful < grace
