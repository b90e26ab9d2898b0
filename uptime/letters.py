"""What a mail looks like as HTML: its text, escaped, with a plain table, readable on light and dark, nothing remote."""

import re
from collections.abc import Iterator
from html import escape

FACT = re.compile(r"([A-Z][\w -]{0,30}): (.*)")
WEB = re.compile(r"https?://\S+")

CELL = "border-top:1px solid #808080;padding:4px 12px 4px 0;text-align:left;vertical-align:top;overflow-wrap:anywhere"
"""A border that is seen on white and on black; every other colour is the reader's own."""


def page(heading: str, text: str) -> str:
    """A whole document from plain text: lines such as `Since: today` become a table, and URLs on their own links."""
    blocks = "".join(_block(block.split("\n")) for block in re.split(r"\n{2,}", text.strip("\n")))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f"<style>:root{{color-scheme:light dark}}</style><title>{escape(heading)}</title></head>"
        '<body style="font-family:sans-serif;line-height:1.4;max-width:40em">'
        f'<h1 style="font-size:1.25em">{escape(heading)}</h1>{blocks}</body></html>\n'
    )


def _block(lines: list[str]) -> str:
    facts: list[tuple[str, list[str]]] = []
    said: list[str] = []
    links: list[str] = []
    for line in lines:
        if WEB.fullmatch(line):
            links.append(line)
        elif fact := FACT.fullmatch(line):
            facts.append((fact[1], [fact[2]]))
        else:
            (facts[-1][1] if facts else said).append(line)
    return "".join(_parts(said, facts, links))


def _parts(said: list[str], facts: list[tuple[str, list[str]]], links: list[str]) -> Iterator[str]:
    if said:
        yield f"<p>{_broken(said)}</p>"
    if facts:
        rows = (f'<tr><th style="{CELL}">{escape(name)}</th><td style="{CELL}">{_broken(value)}</td></tr>'
                for name, value in facts)  # fmt: skip
        yield f'<table style="border-collapse:collapse">{"".join(rows)}</table>'
    for link in links:
        yield f'<p><a href="{escape(link)}">{escape(link)}</a></p>'


def _broken(lines: list[str]) -> str:
    return "<br>".join(escape(line) for line in lines)
