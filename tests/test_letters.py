"""Mails as HTML: made of their text, escaped, and with nothing from elsewhere."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from uptime.letters import page

TAGS = {
    "html", "head", "meta", "style", "title", "body", "h1", "p", "br", "table", "tr", "th", "td", "a",
}  # fmt: skip


class Reader(HTMLParser):
    """The tags, the attributes and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_a_text_becomes_paragraphs_a_table_and_links() -> None:
    html = page("Shop & Co", "Down.\nReally.\n\nSince: today\nSeen: one\ntwo\n\n\nhttps://up.example/1\n")
    assert "<p>Down.<br>Really.</p>" in html
    assert ">Since</th>" in html
    assert ">one<br>two</td>" in html
    assert '<p><a href="https://up.example/1">https://up.example/1</a></p>' in html
    assert "<title>Shop &amp; Co</title>" in html


PIECES = ["<", ">", '"', "'", "&", "A: ", "\n", "https://x", "javascript:x", "<!--", "</title>", "]]>", "<script>"]


@given(st.text(), st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_text_becomes_markup(heading: str, text: str) -> None:
    found = read(page(heading, text))
    assert set(found.tags) <= TAGS
    assert found.tags.count("html") == found.tags.count("body") == found.tags.count("style") == 1
    assert {name for name, _ in found.attributes} <= {"lang", "charset", "name", "content", "style", "href"}
    assert all((value or "").startswith("http") for name, value in found.attributes if name == "href")
