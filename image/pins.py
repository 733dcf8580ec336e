"""Writes into a Dockerfile what its images' tags name at the moment: their digests.

    python3 pins.py DOCKERFILE

An image is an argument below a comment that has its tag:

    # registry.example/base:stable
    ARG BASE=registry.example/base@sha256:…

The registries are asked by the API that all of them have, so that neither a builder nor a login is
needed. What comes back is hashed here: a digest is what was seen, not what was said.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

_IMAGE: Final = re.compile(r"(?m)^# (?P<tagged>\S+/\S+:\S+)\nARG (?P<name>\w+)=\S+$")
_TAGGED: Final = re.compile(r"(?P<registry>[^/]+)/(?P<repository>[^:]+):(?P<tag>[\w][\w.-]{0,127})")
# Of an image for several machines first, as a builder asks.
_MANIFESTS: Final = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_TIMEOUT: Final = 30.0  # seconds


class PinError(Exception):
    """A digest cannot be had: of which image, and why."""


def pin(dockerfile: Path) -> dict[str, str]:
    """Write the digests into a Dockerfile; nothing is written unless all of them are known.

    Returns:
        Which image each argument names now.

    Raises:
        PinError: a registry does not say what a tag names.
    """
    text = dockerfile.read_text()
    pinned = {found["name"]: _pinned(found["tagged"]) for found in _IMAGE.finditer(text)}
    if not pinned:
        raise PinError(f"{dockerfile} has no argument below a comment with an image's tag.")
    dockerfile.write_text(
        _IMAGE.sub(
            lambda each: f"# {each['tagged']}\nARG {each['name']}={pinned[each['name']]}", text
        )
    )
    return pinned


def _pinned(tagged: str) -> str:
    found = re.fullmatch(_TAGGED, tagged)
    if not found:
        raise PinError(f"{tagged} is not an image with a registry and a tag.")
    try:
        digest = _digest(found["registry"], found["repository"], found["tag"])
    except (OSError, ValueError) as error:
        raise PinError(f"{tagged}: {error}.") from error
    return f"{found['registry']}/{found['repository']}@{digest}"


def _digest(registry: str, repository: str, tag: str) -> str:
    # As builders do, of a registry on this machine no certificate is asked.
    scheme = "http" if registry.partition(":")[0] in {"localhost", "127.0.0.1"} else "https"
    url = f"{scheme}://{registry}/v2/{repository}/manifests/{tag}"
    try:
        body, said = _read(url)
    except HTTPError as error:
        challenge = error.headers.get("WWW-Authenticate", "")
        if error.code != 401 or not challenge.startswith("Bearer "):  # noqa: PLR2004 (Unauthorized)
            raise
        body, said = _read(url, _token(challenge))
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    if said not in {"", digest}:
        raise ValueError(f"the registry says that it is {said}, and sends {digest}")
    return digest


def _token(challenge: str) -> str:
    """Ask for a token as whoever has no account."""
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = asked.pop("realm")
    if not realm.startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise ValueError(f"the registry asks for a token from {realm}")
    answer, _ = _read(f"{realm}?{urlencode(asked)}")
    token = json.loads(answer)
    return str(token.get("token") or token["access_token"])


def _read(url: str, token: str = "") -> tuple[bytes, str]:
    """Return what is there, and which digest is said to be its."""
    headers = {"Accept": _MANIFESTS, **({"Authorization": f"Bearer {token}"} if token else {})}
    with urlopen(Request(url, headers=headers), timeout=_TIMEOUT) as answer:  # noqa: S310 (above)
        return answer.read(), answer.headers.get("Docker-Content-Digest", "")


if __name__ == "__main__":
    try:
        for argument, image in pin(Path(sys.argv[1])).items():
            print(f"{argument}={image}")  # noqa: T201 (what was asked for)
    except PinError as error:
        sys.exit(str(error))
