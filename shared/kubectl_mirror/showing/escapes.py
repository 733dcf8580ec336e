"""Texts that others wrote, so that they are text wherever they are shown, and nothing else."""

from __future__ import annotations

from html import escape


def printable(text: str) -> str:
    """Return a text in one line, without what would steer a terminal or turn lines around."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _spelt(each) for each in text)


def for_mermaid(text: str) -> str:
    """Return a text as it stands between double quotes of a Mermaid diagram."""
    return "".join(f"#{ord(each)};" if each in '#"&<>\\`;' else each for each in printable(text))


def for_dot(text: str) -> str:
    """Return a text as it stands between double quotes of Graphviz' language."""
    spelt = printable(text).replace("&", "&amp;")
    return spelt.replace("\\", "\\\\").replace('"', '\\"')


def for_xml(text: str) -> str:
    """Return a text as it stands in XML, between tags or quotes."""
    return escape(printable(text))


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
