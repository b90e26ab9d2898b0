"""A fuzzer driven by the document finds no fault of ours and no answer that the document does not know."""

import threading
from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
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


def fuzz(base: str, secret: str, examples: int) -> None:
    schema = schemathesis.openapi.from_url(f"{base}/api/openapi.json")
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] in LEFT_OUT:
            continue

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @schemathesis.python.given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            case.call_and_validate(base_url=base, headers={"X-API-Key": secret}, checks=CHECKS)

        ask()


def test_a_few_requests_to_every_operation(base, api):
    fuzz(base, api.secret, examples=4)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_many_requests_to_every_operation(base, api):
    fuzz(base, api.secret, examples=100)
