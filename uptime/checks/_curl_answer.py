"""What a transfer that is over amounts to: an answer, or the reason why there is none."""

from collections.abc import Sequence

import pycurl

from uptime.checks._curl_faults import Course, explain
from uptime.checks._decode import Undecodable
from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._kind import CheckFailed
from uptime.checks._text import decoded
from uptime.checks._transfer import Transfer
from uptime.domain.result import EVIDENCE_LIMIT, Certificate, Phases, Reason

PLACE_LIMIT = 80
VERIFY_CODES = frozenset({51, 60})


def timed_out(request: HttpRequest) -> HttpAnswer:
    """The answer to a request for which no time was left."""
    place = _named(request)
    return HttpAnswer(Phases(), failure=CheckFailed(Reason.TIMEOUT, f"No time was left to ask {place}."))


def refused_certificate(transfer: Transfer) -> bool:
    """Whether the transfer ended because the certificate was not accepted."""
    return transfer.code in VERIFY_CODES


def certificates(transfer: Transfer) -> list[bytes]:
    """The chain the server sent, as PEM, where the transfer looked at it."""
    found = transfer.handle.getinfo_raw(pycurl.INFO_CERTINFO)
    return [value for fields in found for name, value in fields if name == b"Cert"]


def answered(
    transfer: Transfer, request: HttpRequest, addresses: Sequence[str], certificate: Certificate | None
) -> HttpAnswer:
    """The answer of a transfer that is over. RuntimeError: it went wrong by a fault of ours."""
    head, body = transfer.head, transfer.body
    failure = _failure(transfer, request)
    return HttpAnswer(
        phases=phases_of(transfer, secured=request.place.scheme == "https"),
        status=head.status if head.complete else 0,
        reason=head.reason,
        headers=head.fields,
        address=addresses[0] if len(addresses) == 1 else transfer.handle.getinfo(pycurl.PRIMARY_IP) or None,
        certificate=certificate,
        found=body is not None and body.found,
        body_size=body.size if body else 0,
        charset=body.charset if body else "utf-8",
        excerpt=decoded(body.excerpt, body.charset)[:EVIDENCE_LIMIT] if body else "",
        body=body.kept.read if body and body.kept else bytes,
        failure=CheckFailed(*failure) if failure else None,
    )


def _failure(transfer: Transfer, request: HttpRequest) -> tuple[Reason, str] | None:
    place = _named(request)
    if transfer.fault is not None:
        return Reason.PROTOCOL, f"The answer of {place} is not valid HTTP: {transfer.fault}."
    if transfer.stopped:
        return None
    if transfer.code == 0 or _closed_untidily(transfer):
        return _ending(transfer, place)
    if found := explain(_course(transfer, request)):
        return found
    raise RuntimeError(f"libcurl ended with error {transfer.code}: {transfer.words}")


def _named(request: HttpRequest) -> str:
    """The server as sentences name it."""
    return request.place.authority[:PLACE_LIMIT]


def _ending(transfer: Transfer, place: str) -> tuple[Reason, str] | None:
    """What is wrong with an answer that libcurl took for complete."""
    if not transfer.head.complete:
        return Reason.PROTOCOL, f"{place} closed the connection in the middle of the header."
    try:
        if transfer.body is not None:
            transfer.body.finish()
    except Undecodable:
        return Reason.PROTOCOL, f"The answer of {place} is not valid HTTP: its body cannot be decoded."
    return None


def _closed_untidily(transfer: Transfer) -> bool:
    """Whether a body without an announced end was ended by closing without TLS's farewell: many servers do."""
    return (
        transfer.code == 56
        and transfer.head.complete
        and transfer.announced is None
        and not transfer.head.value("transfer-encoding")
        and "unexpected eof" in transfer.words.lower()
    )


def _course(transfer: Transfer, request: HttpRequest) -> Course:
    info = transfer.handle.getinfo
    connected = info(pycurl.CONNECT_TIME_T) > 0
    return Course(
        code=transfer.code,
        words=transfer.words,
        place=_named(request),
        connected=connected,
        secured=connected and (request.place.scheme == "http" or info(pycurl.APPCONNECT_TIME_T) > 0),
        answering=transfer.head.begun,
        complete_head=transfer.head.complete,
        verify_result=info(pycurl.SSL_VERIFYRESULT),
        os_error=info(pycurl.OS_ERRNO),
    )


def phases_of(transfer: Transfer, *, secured: bool) -> Phases:
    """Where the time went. A phase that did not end has all the time that was left."""
    info = transfer.handle.getinfo
    total = info(pycurl.TOTAL_TIME_T)
    connect = min(info(pycurl.CONNECT_TIME_T) or total, total)
    tls = min(max(info(pycurl.APPCONNECT_TIME_T) or total, connect), total) if secured else connect
    first = min(max(info(pycurl.STARTTRANSFER_TIME_T) or total, tls), total)
    return Phases(0.0, connect / 1000, (tls - connect) / 1000, (first - tls) / 1000, (total - first) / 1000)


def added(first: Phases, second: Phases) -> Phases:
    """The phases of two hops, one after the other."""
    return Phases(
        first.name_ms + second.name_ms,
        first.connect_ms + second.connect_ms,
        first.tls_ms + second.tls_ms,
        first.wait_ms + second.wait_ms,
        first.receive_ms + second.receive_ms,
    )
