"""Status pages as they are written."""

from dataclasses import replace
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from uptime.dialects.native.read import LARGEST_NUMBER, Body, Line, Lines, Secret
from uptime.dialects.native.words import camel
from uptime.domain.status_page import Access, PageDraft, Section, Sorting, Theme

Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Picture = Annotated[str, Field(max_length=200_000)]
Word = TypeVar("Word", Theme, Sorting, Access)


def _word(kind: type[Word], value: object) -> object:
    return kind(value) if isinstance(value, str) and value in set(kind) else value


class PagePath(BaseModel):
    """A page by its id."""

    model_config = ConfigDict(alias_generator=camel)

    page_id: Id


class SectionBody(Body):
    """A heading and the services below it, by their ids."""

    heading: Line = ""
    services: Annotated[list[Id], Field(max_length=1_000, default_factory=list)]


class PageBody(Body):
    """What changes; what is left out stays. Without sections a page shows every visible service."""

    slug: Line | None = None
    title: Line | None = None
    description: Lines | None = None
    sections: Annotated[list[SectionBody], Field(max_length=100)] | None = None
    hosts: Annotated[list[Line], Field(max_length=20)] | None = None
    footer: Lines | None = None
    logo: Picture | None = None
    icon: Picture | None = None
    theme: Theme | None = None
    custom_css: Lines | None = None
    sorting: Sorting | None = None
    published: bool | None = None
    show_ratios: bool | None = None
    show_latencies: bool | None = None
    show_urls: bool | None = None
    show_descriptions: bool | None = None
    show_tags: bool | None = None
    show_certificates: bool | None = None
    show_powered_by: bool | None = None

    @field_validator("theme", mode="before")
    @classmethod
    def _theme(cls, value: object) -> object:
        return _word(Theme, value)

    @field_validator("sorting", mode="before")
    @classmethod
    def _sorting(cls, value: object) -> object:
        return _word(Sorting, value)


class OrderBody(Body):
    """The ids of pages in their new order; those left out follow as they were."""

    ids: Annotated[list[Id], Field(max_length=1_000)]


class AccessBody(Body):
    """Who may read the page. A password that is left out stays what it was."""

    access: Access
    password: Secret | None = None

    @field_validator("access", mode="before")
    @classmethod
    def _access(cls, value: object) -> object:
        return _word(Access, value)


def draft(body: PageBody, before: PageDraft) -> PageDraft:
    """The page with what the body changes."""
    named: dict[str, Any] = {
        name: value for name in PageBody.model_fields if (value := getattr(body, name)) is not None
    }
    if body.sections is not None:
        named["sections"] = tuple(Section(section.heading, tuple(section.services)) for section in body.sections)
    if body.hosts is not None:
        named["hosts"] = tuple(body.hosts)
    return replace(before, **named)
