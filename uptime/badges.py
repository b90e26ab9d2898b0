"""Badges as pictures, in the five usual styles."""

import unicodedata
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from uptime.domain.badge import Badge, Style

TEXT_LIMIT = 200


def svg(badge: Badge) -> bytes:
    """The badge as a picture. Whatever its texts hold stands in it as text."""
    label, message = _clean(badge.label), _clean(badge.message)
    if badge.style is Style.SOCIAL:
        label = label[:1].upper() + label[1:]
    if badge.style is Style.FOR_THE_BADGE:
        label, message = label.upper(), message.upper()
    words = f"{label}: {message}" if label else message
    form = FORMS[badge.style]
    cells = [_Cell(text, fill, form.width(text, bold)) for text, fill, bold in (
        (label, badge.label_colour, form.bold_label),
        (message, badge.colour, form.bold_message),
    )]  # fmt: skip
    if not label:
        cells = cells[1:]
    picture = _root(words, sum(cell.width for cell in cells) + form.gap * (len(cells) - 1), form.height)
    draw = _social if badge.style is Style.SOCIAL else _joined
    draw(picture, cells, form)
    drawn: bytes = tostring(picture, encoding="utf-8")
    return drawn


@dataclass(frozen=True, slots=True)
class _Cell:
    """One half of a badge."""

    text: str
    fill: str
    width: float


@dataclass(frozen=True, slots=True)
class _Form:
    """The measures of a style, in pixels."""

    height: int
    radius: int
    size: float
    padding: float
    baseline: float
    stops: tuple[tuple[str, str, str], ...] = ()
    shadow: bool = True
    spacing: float = 0.0
    bold_label: bool = False
    bold_message: bool = False
    gap: int = 0
    font: str = "Verdana,Geneva,DejaVu Sans,sans-serif"

    def width(self, text: str, bold: bool) -> float:
        return round(self.length(text, bold) + 2 * self.padding)

    def length(self, text: str, bold: bool) -> float:
        """How long a text is drawn."""
        return text_width(text) * self.size * (BOLDER if bold else 1) + self.spacing * len(text)


SOFT = (("0", "#bbb", ".1"), ("1", "#000", ".1"))
GLOSSY = (("0", "#fff", ".7"), (".1", "#aaa", ".1"), (".9", "#000", ".3"), ("1", "#000", ".5"))

FORMS = {
    Style.FLAT: _Form(20, 3, 11, 5, 14, SOFT),
    Style.FLAT_SQUARE: _Form(20, 0, 11, 5, 14, shadow=False),
    Style.PLASTIC: _Form(18, 4, 11, 5, 13, GLOSSY),
    Style.FOR_THE_BADGE: _Form(28, 0, 10, 10, 17.5, shadow=False, spacing=1.25, bold_message=True),
    Style.SOCIAL: _Form(
        20, 2, 11, 6, 14, bold_label=True, bold_message=True, gap=6, font="Helvetica Neue,Helvetica,Arial,sans-serif"
    ),
}

BOLDER = 1.14
"""A bold letter is about so much wider."""

WIDTHS = {
    **dict.fromkeys("il", 0.274), "'": 0.269, "j": 0.344, " ": 0.352, "f": 0.352, ",": 0.364, ".": 0.364,
    "!": 0.394, "t": 0.394, "I": 0.421, "r": 0.427, **dict.fromkeys("()-/:;[\\]|", 0.454), "J": 0.455, '"': 0.459,
    "c": 0.521, "s": 0.521, "z": 0.525, "?": 0.545, "L": 0.557, "F": 0.575, **dict.fromkeys("kvxy", 0.592),
    "e": 0.596, "a": 0.601, "P": 0.603, "o": 0.607, "Y": 0.615, "T": 0.616, **dict.fromkeys("bdgpq", 0.623),
    "E": 0.632, **dict.fromkeys("hnu", 0.633), "{": 0.635, "}": 0.635, **dict.fromkeys("$*0123456789_`", 0.636),
    **dict.fromkeys("ASV", 0.684), **dict.fromkeys("XZ", 0.685), "B": 0.686, "K": 0.693, "R": 0.695, "C": 0.698,
    "&": 0.727, "U": 0.732, "N": 0.748, "H": 0.751, "D": 0.771, "G": 0.775, **dict.fromkeys("OQ", 0.787),
    **dict.fromkeys("#+<=>^w~", 0.818), "M": 0.843, "m": 0.973, "W": 0.989, "@": 1.0, "%": 1.076,
}  # fmt: skip
"""How wide a character of Verdana is, in parts of its size."""

WIDE, NARROW = 1.0, 0.64


def text_width(text: str) -> float:
    """How wide a text is, in parts of the size of its letters."""
    return sum(map(_width, text))


def _width(character: str) -> float:
    if character in WIDTHS:
        return WIDTHS[character]
    if unicodedata.combining(character):
        return 0.0
    return WIDE if unicodedata.east_asian_width(character) in "WF" else NARROW


def _clean(text: str) -> str:
    """One line without what XML cannot hold, at most as long as is still a badge."""
    line = " ".join(text.split())
    return "".join(char for char in line if unicodedata.category(char) not in ("Cc", "Cs", "Cn"))[:TEXT_LIMIT]


def _root(words: str, width: float, height: int) -> Element:
    attributes = {"xmlns": "http://www.w3.org/2000/svg", "width": _number(width), "height": _number(height)}
    picture = Element("svg", attributes | {"role": "img", "aria-label": words})
    SubElement(picture, "title").text = words
    return picture


def _joined(picture: Element, cells: list[_Cell], form: _Form) -> None:
    """Both halves side by side."""
    width, height = sum(cell.width for cell in cells), _number(form.height)
    if form.stops:
        gradient = SubElement(picture, "linearGradient", {"id": "s", "x2": "0", "y2": "100%"})
        for offset, shade, opacity in form.stops:
            SubElement(gradient, "stop", {"offset": offset, "stop-color": shade, "stop-opacity": opacity})
    clip = SubElement(SubElement(picture, "clipPath", {"id": "r"}), "rect")
    clip.attrib.update({"width": _number(width), "height": height, "rx": _number(form.radius), "fill": "#fff"})
    halves = SubElement(picture, "g", {"clip-path": "url(#r)"})
    x = 0.0
    for cell in cells:
        place = {"x": _number(x), "width": _number(cell.width), "height": height}
        SubElement(halves, "rect", place | {"fill": cell.fill})
        x += cell.width
    if form.stops:
        SubElement(halves, "rect", {"width": _number(width), "height": height, "fill": "url(#s)"})
    texts, x = _texts(picture, form), 0.0
    for number, cell in enumerate(cells):
        bold = form.bold_message if number == len(cells) - 1 else form.bold_label
        light = _brightness(cell.fill) > 0.69
        if form.shadow:
            _text(texts, cell, x, form, bold, 1, "#ccc" if light else "#010101", shadow=True)
        _text(texts, cell, x, form, bold, 0, "#333" if light else "#fff")
        x += cell.width


def _social(picture: Element, cells: list[_Cell], form: _Form) -> None:
    """A button, and a bubble that points at it."""
    height, x = _number(form.height - 1), 0.0
    texts = []
    for number, cell in enumerate(cells):
        bubble = number == len(cells) - 1 and len(cells) > 1
        place = {"x": _number(x + 0.5), "y": "0.5", "width": _number(cell.width - 1), "height": height, "rx": "2"}
        SubElement(picture, "rect", place | {"fill": "#fafafa" if bubble else "#fcfcfc", "stroke": "#d5d5d5"})
        if bubble:
            point = f"M{_number(x + 0.5)} 6.5l-3 3v1l3 3"
            SubElement(picture, "path", {"d": point, "fill": "#fafafa", "stroke": "#d5d5d5"})
        texts.append((cell, x))
        x += cell.width + form.gap
    group = _texts(picture, form)
    for cell, left in texts:
        _text(group, cell, left, form, True, 0, "#333")


def _texts(picture: Element, form: _Form) -> Element:
    attributes = {"text-anchor": "middle", "font-family": form.font, "text-rendering": "geometricPrecision"}
    return SubElement(picture, "g", attributes | {"font-size": _number(form.size)})


def _text(
    group: Element, cell: _Cell, x: float, form: _Form, bold: bool, below: int, fill: str, *, shadow: bool = False
) -> None:
    attributes = {
        "x": _number(x + cell.width / 2),
        "y": _number(form.baseline + below),
        "fill": fill,
        "textLength": _number(max(1.0, form.length(cell.text, bold))),
    }
    if bold:
        attributes["font-weight"] = "bold"
    if shadow:
        attributes |= {"aria-hidden": "true", "fill-opacity": ".3"}
    SubElement(group, "text", attributes).text = cell.text


def _brightness(hexadecimal: str) -> float:
    """How bright a colour looks, from 0 to 1."""
    digits = hexadecimal[1:]
    wide = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    red, green, blue = (int(wide[place : place + 2], 16) for place in (0, 2, 4))
    return (red * 299 + green * 587 + blue * 114) / 255_000


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
