"""Which page is asked for in the common shape."""

from uptime.dialects.native.read import Line, Query


class PageQuery(Query):
    """The page by its slug; without one that of the host name, else the first. `token` opens a protected page."""

    page: Line | None = None
    token: Line | None = None
