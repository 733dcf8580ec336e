"""Redaction: what others say of a content, without what they quote of it.

Whoever denies a write may quote it: whole or cut, escaped as JSON, URLs, HTML and Go have it, in
hexadecimal digits or base64, or one in the other. The message is undone in all these ways, each
character's place in it kept, and compared with the content.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import a2b_base64
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mirroring.objects.content import Content

_RUN: Final = 12  # bytes in a row that are no chance
_BLOCK: Final = _RUN // 2  # among any such bytes is one block of these, wherever they begin
_SHORTEST: Final = 4  # shorter values would blot out words
_MOST_UNDONE: Final = 4  # one in the other
_MOST_READINGS: Final = 256
_BLOT: Final = "…"

_BACKSLASH: Final = (
    rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})|\\([0-7]{3})|\\(.)"
)
_CONTROL: Final = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))
_PERCENT: Final = rb"%([0-9a-fA-F]{2})|\+"
_ENTITY: Final = rb"&#(\d{1,7});|&#[xX]([0-9a-fA-F]{1,6});|&(amp|lt|gt|quot|apos);"
_ENTITIES: Final = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_BLANKS: Final = rb"\s+"
_BASE64: Final = rb"[A-Za-z0-9+/_-]{6,}"
_HEXADECIMAL: Final = rb"[0-9a-fA-F]{8,}"
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class _Reading(NamedTuple):
    """A message, undone in some ways.

    Args:
        text: what it says.
        places: of each byte, where in the message it begins and ends, in characters.
    """

    text: bytes
    places: list[tuple[int, int]]


def redacted(message: str, content: Content) -> str:
    """Return a message without any twelve bytes in a row of a content, nor any whole short value.

    Where blanks were put in, or taken out, twelve in a row are those that are no blanks.

    Args:
        message: what somebody says; short, since each of its characters is looked at in many ways.
        content: what must not stand in it.
    """
    blotted = bytearray(len(message))
    readings = _readings(message)
    if len(readings) > _MOST_READINGS:
        return _BLOT
    for start, end in _found(readings, list(_values(content))):
        blotted[start:end] = b"\1" * (end - start)
    runs = groupby(zip(message, blotted, strict=True), key=lambda each: each[1])
    return "".join(_BLOT if is_out else "".join(each for each, _ in run) for is_out, run in runs)


def _found(readings: Iterable[_Reading], values: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Say where in a message anything of some values is."""
    texts = [reading.text for reading in readings]
    long = [value for value in values if len(value) >= _RUN]
    short = {value for value in values if _SHORTEST <= len(value) < _RUN}
    runs = _common(texts, long)
    for reading in readings:
        text, places = reading
        for start in range(len(text) - _RUN + 1):
            if runs and text[start : start + _RUN] in runs:
                yield places[start][0], places[start + _RUN - 1][1]
        for value in short:
            start = text.find(value)
            while start >= 0:
                yield places[start][0], places[start + len(value) - 1][1]
                start = text.find(value, start + 1)


def _common(texts: Iterable[bytes], values: Iterable[bytes]) -> set[bytes]:
    """Return the runs that texts and values have in common, in time linear in both."""
    blocks = {text[at : at + _BLOCK] for text in texts for at in range(len(text) - _BLOCK + 1)}
    runs = {text[at : at + _RUN] for text in texts for at in range(len(text) - _RUN + 1)}
    found: set[bytes] = set()
    for value in values:
        # Most have nothing in common, which a look at every sixth byte shows.
        aligned = (value[at : at + _BLOCK] for at in range(0, len(value), _BLOCK))
        if not blocks.isdisjoint(aligned):
            found |= runs.intersection(value[at : at + _RUN] for at in range(len(value)))
    return found


def _values(content: Content) -> Iterator[bytes]:
    """Return what is looked for: values as they are written, and what they say."""
    for values in content.fields.values():
        for value in values.values():
            written = value.encode(errors="surrogatepass")
            yield from _forms(written)
            # Of a ConfigMap it may be text that looks so.
            try:
                said = b64decode(written, validate=True)
            except ValueError:
                continue
            yield from (written.translate(_TO_URL_SAFE), written.rstrip(b"="))
            yield from _forms(said)


def _forms(value: bytes) -> Iterator[bytes]:
    yield value
    yield value.strip()
    yield b"".join(value.split())


def _readings(message: str) -> list[_Reading]:
    """Return a message in all the ways in which it may be read, itself first."""
    parts = [each.encode(errors="surrogatepass") for each in message]
    places = [(at, at + 1) for at, part in enumerate(parts) for _ in part]
    found = {(first := _Reading(b"".join(parts), places)).text: first}
    latest = [first]
    for _ in range(_MOST_UNDONE):
        undone = [undo(reading) for reading in latest for undo in _WAYS]
        latest = []
        for each in undone:
            if each.text and each.text not in found and len(found) <= _MOST_READINGS:
                found[each.text] = each
                latest.append(each)
    return list(found.values())


@cache
def _expression(pattern: bytes) -> re.Pattern[bytes]:
    # When first asked for: a start needs none of them.
    return re.compile(pattern, re.DOTALL)


def _replaced(
    pattern: bytes, meaning: Callable[[re.Match[bytes]], bytes], reading: _Reading
) -> _Reading:
    """Read what a pattern matches as what it means."""
    text, places = bytearray(), []
    last = 0
    for match in _expression(pattern).finditer(reading.text):
        start, end = match.span()
        meant = meaning(match)
        text += reading.text[last:start] + meant
        places += reading.places[last:start]
        places += [(reading.places[start][0], reading.places[end - 1][1])] * len(meant)
        last = end
    text += reading.text[last:]
    places += reading.places[last:]
    return _Reading(bytes(text), places)


def _unescaped(match: re.Match[bytes], *, is_byte: bool) -> bytes:
    """Undo one escape; by two digits Go means a byte, and Python a character."""
    high, low, short, long, byte, octal, other = match.groups()
    if high:
        return _character(0x10000 + (int(high, 16) - 0xD800) * 0x400 + int(low, 16) - 0xDC00)
    if code := short or long:
        return _character(int(code, 16))
    if byte or octal:
        number = int(byte, 16) if byte else int(octal, 8) & 0xFF
        return bytes([number]) if is_byte else _character(number)
    return bytes([_CONTROL.get(other[0], other[0])])


def _unquoted(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)]) if match[1] else b" "


def _unentitled(match: re.Match[bytes]) -> bytes:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _ENTITIES[name]
    return _character(int(decimal) if decimal else int(hexadecimal, 16))


def _character(code: int) -> bytes:
    try:
        return chr(code).encode(errors="surrogatepass")
    except (ValueError, OverflowError):
        return b""


def _decoded(
    pattern: bytes,
    bits: int,
    decode: Callable[[bytes], bytes],
    shift: int,
    reading: _Reading,
) -> _Reading:
    """Read digits of some bits each as the bytes that they write, from one of them on."""
    text, places = bytearray(), list[tuple[int, int]]()
    for match in _expression(pattern).finditer(reading.text):
        decoded, start = decode(match[0][shift:]), match.start() + shift
        # What stands apart is not read in one.
        text += b"\0"
        places.append((reading.places[match.start()][0],) * 2)
        for at in range(len(decoded)):
            first, last = start + at * 8 // bits, start + (at * 8 + 7) // bits
            places.append((reading.places[first][0], reading.places[last][1]))
        text += decoded
    return _Reading(bytes(text), places)


def _from_base64(digits: bytes) -> bytes:
    whole = digits[:-1] if len(digits) % 4 == 1 else digits
    return a2b_base64(whole.translate(_TO_STANDARD) + b"=" * (-len(whole) % 4))


def _from_hexadecimal(digits: bytes) -> bytes:
    return bytes.fromhex(digits[: len(digits) // 2 * 2].decode())


_WAYS: Final = (
    partial(_replaced, _BACKSLASH, partial(_unescaped, is_byte=True)),
    partial(_replaced, _BACKSLASH, partial(_unescaped, is_byte=False)),
    partial(_replaced, _PERCENT, _unquoted),
    partial(_replaced, _ENTITY, _unentitled),
    partial(_replaced, _BLANKS, lambda _: b""),
    *(partial(_decoded, _BASE64, 6, _from_base64, shift) for shift in range(4)),
    *(partial(_decoded, _HEXADECIMAL, 4, _from_hexadecimal, shift) for shift in range(2)),
)
