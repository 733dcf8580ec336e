"""Settings from environment variables."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from mirroring.errors import SettingError
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
        "KN_MIRROR_LOG_LEVEL": "DEBUG",
    }

    settings = Settings.from_environment(environment)

    assert settings == Settings(
        writers=64, threads=1, request_timeout=30, request_retries=0, log_level="debug"
    )
    assert environment.keys() == {variable.name for variable in variables()}


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
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_the_remedy(
    name: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingError) as refusal:
        Settings.from_environment({name: value})

    assert str(refusal.value).startswith(f"{name} is '{value}'. Set it to {allowed}, or leave it")


@pytest.mark.parametrize("variable", variables(), ids=lambda variable: str(variable.name))
def test_the_readme_explains_every_variable(variable: Variable) -> None:
    readme = (PROJECT / "README.md").read_text()

    row = f"| `{variable.name}` | `{variable.default}` | {variable.meaning} ({variable.allowed}) |"
    assert row in readme


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
