"""A request to check everything."""

from typing import Annotated

from pydantic import StringConstraints

from uptime.dialects.native.read import Line, Query
from uptime.dialects.native.words import RUN_SOURCE_GITHUB, RUN_SOURCE_OTHER

Label = Annotated[Line, StringConstraints(max_length=200)]


class PingQuery(Query):
    """`runId` marks a run of the workflow, `source` labels it in the run log.

    `action=reset_intervals` checks nothing; any other action changes nothing. `wait=true` waits for a sweep under way.
    """

    run_id: Label | None = None
    source: Label | None = None
    action: Label | None = None
    wait: Label | None = None


def source(query: PingQuery) -> str:
    """Who asked, as the run log has it."""
    return query.source or (RUN_SOURCE_GITHUB if query.run_id else RUN_SOURCE_OTHER)
