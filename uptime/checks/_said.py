"""What a target said, made fit to be shown."""


def said(text: object, limit: int = 140) -> str:
    """One line of what a target sent, without control characters, line ends and the full stop at its end."""
    line = "".join(char if char.isprintable() else " " for char in str(text)[: 4 * limit])
    return " ".join(line.split())[:limit].rstrip(". ")
