"""The history of a monitor as a CSV file."""

import csv
import io

from flask import Response

from uptime.current import core, now
from uptime.domain.heartbeat import Heartbeat
from uptime.site.access import owner
from uptime.site.admin import admin

HEADER = ("Service", "Status", "Timestamp", "Response Time (ms)", "Status Code", "Error")
"""The columns as OpenUptimes exports them."""

ROWS_LIMIT = 100_000


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def row(name: str, beat: Heartbeat) -> tuple[object, ...]:
    code = "" if beat.status_code is None else beat.status_code
    error = harmless(beat.message) if beat.reason else ""
    return harmless(name), beat.status.value, beat.at.isoformat(), round(beat.latency_ms), code, error


@admin.get("/monitors/<int:monitor_id>/history.csv")
def history_csv(monitor_id: int) -> Response:
    """Every heartbeat that is kept, newest first."""
    monitor = core().monitors.get(owner().account, monitor_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(row(monitor.name, beat) for beat in core().history.recent(monitor, now(), limit=ROWS_LIMIT))
    response = Response(text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="uptime-history-{now():%Y-%m-%d}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
