"""Texts that others wrote, so that they are text in each kind of picture, and nothing else."""

from __future__ import annotations

from html import escape

from kubectl_mirror.showing.tables import printable


def for_mermaid(text: str) -> str:
    """Return a text as it stands between double quotes of a Mermaid diagram."""
    return "".join(f"#{ord(each)};" if each in '#"&<>\\`;%' else each for each in printable(text))


def for_dot(text: str) -> str:
    """Return a text as it stands between double quotes of Graphviz' language."""
    spelt = printable(text).replace("&", "&amp;")
    return spelt.replace("\\", "\\\\").replace('"', '\\"')


def for_xml(text: str) -> str:
    """Return a text as it stands in XML, between tags or quotes."""
    return escape(printable(text))
