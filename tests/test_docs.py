"""The docs name everything there is: check types, settings, routes, commands; and their links lead somewhere."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from uptime.channels import channel_types
from uptime.cli import main
from uptime.config import Settings
from uptime.core.monitor_types import monitor_types
from uptime.domain.fields import fields

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = "\n".join(page.read_text() for page in PAGES)


@pytest.mark.parametrize("kind", monitor_types().values(), ids=lambda kind: kind.word)
def test_every_check_type_and_its_settings_are_described(kind) -> None:  # type: ignore[no-untyped-def]
    assert f"`{kind.word}`" in TEXT
    page = (ROOT / "docs" / "checks.md").read_text()
    section = page.partition(f"## `{kind.word}`")[2].partition("\n## ")[0]
    assert [field.name for field, _ in fields(kind.target) if f"`{field.name}`" not in section] == []


@pytest.mark.parametrize("kind", channel_types().values(), ids=lambda kind: kind.word)
def test_every_channel_type_and_its_settings_are_described(kind) -> None:  # type: ignore[no-untyped-def]
    page = (ROOT / "docs" / "channels.md").read_text()
    section = page.partition(f"## `{kind.word}`")[2].partition("\n## ")[0]
    assert section
    assert [field.name for field, _ in fields(kind.settings) if f"`{field.name}`" not in section] == []


def test_channels_stand_in_the_order_of_their_words() -> None:
    words = re.findall(r"^## `(\w+)`", (ROOT / "docs" / "channels.md").read_text(), re.MULTILINE)
    assert words == sorted(words)


def test_every_setting_is_described() -> None:
    missing = [
        field.name.upper()
        for field in dataclasses.fields(Settings)
        if field.metadata.get("variable", True) and f"`{field.name.upper()}`" not in TEXT
    ]
    assert missing == []


def test_every_route_of_the_api_is_described(app) -> None:  # type: ignore[no-untyped-def]
    described = re.sub(r"\{(\w+)\}", "<>", TEXT)
    missing = {
        path
        for rule in app.url_map.iter_rules()
        if (path := str(rule)).startswith("/api/") and re.sub(r"<[^>]+>", "<>", path).rstrip("/") not in described
    }
    assert missing == set()


def commands(group: click.Group, words: str = "") -> Iterator[str]:
    """Every command as it is typed, groups left out."""
    for name, found in group.commands.items():
        if isinstance(found, click.Group):
            yield from commands(found, f"{words}{name} ")
        else:
            yield f"{words}{name}"


def test_every_command_and_its_options_are_described() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text()
    missing = [words for words in commands(main) if not re.search(rf"`{words}( [A-Z`][^`]*)?`", page)]
    assert missing == []
    check = main.commands["check"]
    options = [name for option in check.params for name in option.opts if name.startswith("--")]
    assert [name for name in options if name not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_docs_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_two_commands_stand_at_the_top_of_the_readme() -> None:
    first = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert first
    assert [line.split("#")[0].strip() for line in first[1].strip().splitlines()] == ["make run", "make test"]


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 250
