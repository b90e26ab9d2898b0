"""A fuzzer driven by the document finds no fault of ours and no answer that the document does not know."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.serving import make_server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

LEFT_OUT = {"complete_setup", "reset", "reset_by_admin", "login", "revoke_key", "fetch_title"}
"""They would end the run by taking the key away, or answer 5xx by design: a title that could not be fetched."""


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    """The address of a live server."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def furnished(api: Any, target: str) -> Any:
    """A server that has something of everything."""
    for number, status in enumerate((200, 500)):
        api.post("/api/services", json={"name": f"Service {number}", "url": f"{target}/{status}", "timeout": 2000})
    api.post("/api/services", json={"name": "Old", "url": f"{target}/200"})
    api.delete("/api/services?name=Old")
    for word in ("push", "group", "manual"):
        api.post("/api/services", json={"name": word, "type": word})
    api.post("/api/tags", json={"name": "eu"})
    api.post("/api/projects", json={"name": "Shop"})
    api.post("/api/ping/cron", json={"name": "Nightly", "cronExpression": "0 3 * * *", "enabled": True})
    api.post("/api/maintenance", json={"title": "Nightly", "strategy": "cron", "cron": "0 3 * * *", "services": [1]})
    api.post("/api/maintenance/start", json={"duration": 3600, "services": ["Service 1"]})
    api.post("/api/incidents", json={"title": "Slow", "services": [{"id": 1}]})
    api.post("/api/pages", json={"slug": "shop", "title": "Shop", "sections": [{"services": [1]}]})
    api.post("/api/subscribers", json={"pageId": 2, "email": "anna@example.com"})
    api.get("/api/ping?runId=1")
    return api


def fuzz(base: str, secret: str, examples: int) -> list[str]:
    """What is wrong with the answers, one text for each operation that has any."""
    schema = schemathesis.openapi.from_url(f"{base}/api/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    left = [operation for operation in operations if operation.definition.raw["operationId"] not in LEFT_OUT]
    return [complaint for operation in left if (complaint := fuzz_one(operation, base, secret, examples))]


def fuzz_one(operation: Any, base: str, secret: str, examples: int) -> str:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=base, headers={"X-API-Key": secret}, checks=CHECKS)

    try:
        ask()
    except FailureGroup as failures:
        return f"{operation.label}: {failures}"
    return ""


def test_a_few_requests_to_every_operation(base, furnished):
    assert fuzz(base, furnished.secret, examples=4) == []


@pytest.mark.long
@pytest.mark.timeout(900)
def test_many_requests_to_every_operation(base, furnished):
    assert fuzz(base, furnished.secret, examples=100) == []
