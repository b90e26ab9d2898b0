"""The OpenAPI document says what is there, and the page shows it."""

import re

import jsonschema_rs
import pytest


@pytest.fixture
def document(stranger):
    answer = stranger.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_every_route_is_in_the_document(app, document):
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("native."):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert method.lower() in document["paths"][path], (method, path)


def test_every_reference_leads_somewhere(document):
    def references(part):
        if isinstance(part, dict):
            if "$ref" in part:
                yield part["$ref"]
            for each in part.values():
                yield from references(each)
        elif isinstance(part, list):
            for each in part:
                yield from references(each)

    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_every_schema_is_one(document):
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_operations_have_names_of_their_own(document):
    names = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))


def test_what_needs_a_key_says_so(document):
    assert document["openapi"].startswith("3.1")
    assert "security" not in document["paths"]["/api/status"]["get"]
    assert document["paths"]["/api/services"]["get"]["security"]
    assert document["components"]["securitySchemes"].keys() == {"bearer", "key", "session", "token"}


def test_the_fields_of_a_service_are_complete(document):
    for name in ("Service", "ServiceBody"):
        fields = document["components"]["schemas"][name]["properties"].keys()
        assert fields >= {
            "name", "url", "description", "expectedStatus", "method", "timeout", "visible", "interval", "keyword",
            "headers", "username", "password", "bearer", "retries", "retryInterval", "upsideDown", "ignoreTls",
        }  # fmt: skip


def test_the_page_shows_every_operation_from_local_files(stranger, document):
    answer = stranger.get("/api/docs")
    assert answer.status_code == 200
    for path, item in document["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        for operation in item.values():
            assert f'id="{operation["operationId"]}"' in answer.text
    assert not re.search(r'(src|href)="https?://', answer.text)
    assert "<script" not in answer.text
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    for link in set(re.findall(r'href="(/static/[^"?]+)', answer.text)):
        with stranger.get(link) as file:
            assert file.status_code == 200, link
