"""The house rules: who may import whom, how large things may grow, and that no two routes collide."""

import ast
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "uptime"

MODULE_LIMIT, FUNCTION_LIMIT = 400, 60

TOP_LEVEL = {
    "app.py", "wsgi.py", "requirements.txt", "requirements-dev.txt", "vercel.json", "Procfile", "templates", "static",
    "tests", "uptime", "README.md", "CHANGELOG.md", "LICENSE", "SECURITY.md", "Makefile", "pyproject.toml", "docs",
    "bench", "deploy",
}  # fmt: skip

FLASK = {"flask", "flask_openapi3", "flask_limiter", "werkzeug", "jinja2"}

MAY_USE = {
    "domain": {"domain"},
    "checks": {"checks", "domain", "addresses"},
    "channels": {"channels", "domain", "outbound", "mail", "addresses"},
    "store": {"store", "domain"},
    "core": {"core", "domain", "checks", "channels", "store", "config", "outbound", "mail", "tokens", "addresses"},
    "dialects": {"dialects", "core", "domain", "sockets", "tokens", "badges", "feeds", "origins", "current"},
    "site": {"site", "core", "domain", "sockets", "tokens", "badges", "feeds", "origins", "current"},
    "sockets": set(),
    "worker": {"worker", "config", "store", "core", "domain"},
    "server": {"server", "web", "config", "store", "core", "domain", "dialects", "site", "worker", "mail"},
}
"""For each room, the rooms and modules of ours that it may import; the version is free for all."""

NEVER = {
    "domain": FLASK | {"redis", "rq", "requests", "pycurl", "dns", "pydantic", "click"},
    "checks": FLASK | {"redis", "rq", "requests"},
    "channels": FLASK | {"redis", "rq"},
    "store": FLASK | {"requests", "pycurl"},
    "core": FLASK | {"redis", "rq", "requests", "pycurl"},
    "dialects": {"redis", "rq", "requests", "pycurl"},
    "site": {"redis", "rq", "requests", "pycurl"},
    "sockets": {"redis", "rq", "requests", "pycurl"},
    "worker": FLASK | {"requests", "pycurl"},
    "server": {"redis", "rq", "requests", "pycurl"},
}
"""For each room, the packages of others that it must never import."""

EXCEPT_EVERYTHING = {"checks/_loop.py", "worker/", "sockets/"}
"""`except Exception` may stand in the check loop, the job runner and the socket loop."""


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).exists()]


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and PACKAGE in path.parents]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield node.module or ""
            if node.module in ("uptime", "uptime.dialects"):
                yield from (f"{node.module}.{name.name}" for name in node.names)


def room_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else ""


def stray(path: Path) -> list[str]:
    """What a module imports against the table."""
    room, found = room_of(path), []
    for name in imports(path):
        first, _, rest = name.partition(".")
        if first == "uptime":
            ours = rest.split(".")[0]
            if ours and ours != "__version__" and ours not in MAY_USE[room]:
                found.append(name)
            if room == "dialects" and ours == "dialects" and other_dialect(path, rest):
                found.append(name)
        elif first in NEVER[room] and not (first == "redis" and path == PACKAGE / "checks" / "redis.py"):
            found.append(name)
    return found


def other_dialect(path: Path, imported: str) -> bool:
    parts, inside = imported.split("."), path.relative_to(PACKAGE).parts
    is_dialect = len(parts) > 1 and (PACKAGE / "dialects" / parts[1]).is_dir()
    return is_dialect and len(inside) > 2 and parts[1] != inside[1]


@pytest.mark.parametrize("path", [p for p in modules() if room_of(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows_point_one_way(path: Path) -> None:
    assert stray(path) == []


def test_a_stray_import_would_be_noticed(tmp_path: Path) -> None:
    domain = PACKAGE / "domain" / "stray.py"
    tree = "import redis\nfrom uptime.core import Core\n"
    names = [name for node in ast.parse(tree).body for name in _names(node)]
    assert {"redis"} <= NEVER["domain"]
    assert [name for name in names if name.startswith("uptime")] == ["uptime.core"]
    assert room_of(domain) == "domain"
    assert "core" not in MAY_USE["domain"]


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    assert isinstance(node, ast.ImportFrom)
    return [node.module or ""]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LIMIT
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LIMIT, f"{node.name} is too long"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "a module opens with one sentence"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_everything_is_caught_in_three_places_only(path: Path) -> None:
    inside = str(path.relative_to(PACKAGE))
    if inside.startswith(tuple(EXCEPT_EVERYTHING)):
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            caught = {getattr(part, "id", "") for part in ast.walk(node.type)} if node.type else {"BaseException"}
            assert not caught & {"Exception", "BaseException"}, f"line {node.lineno} catches everything"


def test_nothing_else_stands_at_the_top() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} - TOP_LEVEL == set()


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "common", "misc", "helpers"}
    assert [str(path) for path in modules() if path.stem in empty] == []


def test_no_two_routes_collide(app) -> None:  # type: ignore[no-untyped-def]
    """Flask accepts a second rule for the same method and path in silence."""
    claimed = Counter(
        (method, str(rule), rule.subdomain)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    )
    assert [route for route, times in claimed.items() if times > 1] == []
