"""What people write becomes HTML that harms nobody."""

from html.parser import HTMLParser

import pytest

from uptime.core.markdown import TAGS, html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "<p>plain</p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("**bold** ~~gone~~", "<p><strong>bold</strong> <s>gone</s></p>"),
        ("# Title", "<h3>Title</h3>"),
        ("###### Small", "<h6>Small</h6>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("![x](https://elsewhere.example/pixel.png)", "<p></p>"),
        (
            "[a](https://a.example/?x=1&y=2)",
            '<p><a href="https://a.example/?x=1&amp;y=2" rel="noopener noreferrer nofollow">a</a></p>',
        ),
    ],
)
def test_it_reads(text: str, expected: str) -> None:
    assert html(text) in (expected, f"<p>{expected}</p>")


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHN2Zz4=)",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](vbscript:x)",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_of_it_runs(text: str) -> None:
    for tag, attributes in tags(html(text)):
        assert tag in TAGS
        assert attributes.keys() <= {"href", "title", "start", "rel"}
        assert attributes.get("href", "https:").startswith(("https:", "http:", "mailto:"))


def tags(made: str) -> list[tuple[str, dict[str, str]]]:
    """Every tag that a browser finds, with its attributes."""
    found: list[tuple[str, dict[str, str]]] = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Finder().feed(made)
    return found
