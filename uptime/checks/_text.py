"""Bodies as text: which charset, and decoding piece by piece, whatever the pieces are."""

import codecs

ODD_CODECS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
"""Text codecs of Python that are no charsets, and fail in ways of their own."""

BYTE_ORDERS = {
    "utf-16": (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-le"),
    "utf-32": (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32-le"),
}
"""Charsets whose bytes come in either order: the mark of the one, its codec, and that of the usual one."""

MARK = "\ufeff"
REPLACEMENT = "\ufffd"


def charset_of(content_type: str) -> str:
    """The codec of a Content-Type's charset; UTF-8 where it names none, or none that is known."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return _codec(value.strip().strip("\"'"))
    return "utf-8"


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return "utf-8"
    return found.name if found._is_text_encoding and found.name not in ODD_CODECS else "utf-8"


class Text:
    """Turns bytes into text as they come in. Nothing is a fault: what cannot be decoded is replaced."""

    def __init__(self, charset: str) -> None:
        self._order = BYTE_ORDERS.get(charset)
        self._decoder = None if self._order else _decoder(charset)
        self._pending = b""
        self._begun = False

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """The text of these bytes, as far as its characters are complete."""
        if self._decoder is None:
            data = self._choose(data, final)
        if self._decoder is None:
            return ""
        try:
            text = self._decoder.decode(data, final)
        except UnicodeError:
            # A few codecs of Python raise although they were told to replace.
            self._decoder.reset()
            text = REPLACEMENT
        if text and not self._begun:
            self._begun = True
            text = text.removeprefix(MARK)
        return text

    def _choose(self, data: bytes, final: bool) -> bytes:
        """Settle the order of the bytes once there are enough of them; what is to be decoded now."""
        assert self._order is not None  # noqa: S101 - narrows the type
        mark, marked, usual = self._order
        self._pending += data
        if len(self._pending) < len(mark) and not final:
            return b""
        self._decoder = _decoder(marked if self._pending.startswith(mark) else usual)
        return self._pending


def _decoder(charset: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(charset)("replace")


def decoded(data: bytes, charset: str) -> str:
    """A whole body as text."""
    return Text(charset).feed(data, final=True)


def printed(text: str, limit: int = 80) -> str:
    """What a target sent, made fit for one line."""
    return "".join(char if char.isprintable() else " " for char in text[:limit]).strip()


def said(text: object, limit: int = 140) -> str:
    """The same for the middle of a sentence: white space is one blank, and the full stop at the end is left out."""
    line = "".join(char if char.isprintable() else " " for char in str(text)[: 4 * limit])
    return " ".join(line.split())[:limit].rstrip(". ")
