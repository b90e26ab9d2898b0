"""Redis goes away, comes back, fills up, turns read-only, slows down: with real processes."""

import time
from itertools import pairwise

import pytest

from tests.faults.deployment import API_KEY, PASSWORD, Deployment, RedisServer, Target, eventually

pytestmark = pytest.mark.long


def watch(deployment: Deployment, url: str, count: int = 1, interval: int = 5) -> None:
    for index in range(count):
        body = {"name": f"s{index}", "url": url, "interval": interval}
        assert deployment.ask("POST", "/api/services", body).status == 201


def history(deployment: Deployment, name: str = "s0") -> list[dict[str, object]]:
    answer = deployment.get(f"/api/history/{name}?limit=1000")
    return answer.json["history"] if answer.status == 200 else []


def timestamps(deployment: Deployment, name: str = "s0") -> list[int]:
    return sorted(int(entry["timestamp"]) for entry in history(deployment, name))  # type: ignore[call-overload]


def test_a_killed_redis_comes_back_with_every_heartbeat_that_was_shown(
    deployment: Deployment, redis_server: RedisServer, target: Target
) -> None:
    deployment.start("web", "worker", "scheduler")
    deployment.ready()
    watch(deployment, target.url)
    eventually(lambda: len(history(deployment)) >= 3, 20, "three heartbeats")
    shown = timestamps(deployment)
    redis_server.kill()
    redis_server.start()
    eventually(lambda: deployment.get("/api/history/s0").status == 200, 5, "the history back")
    assert set(shown) <= set(timestamps(deployment))


def test_no_slot_is_lost_or_doubled_while_redis_is_away(
    deployment: Deployment, redis_server: RedisServer, target: Target
) -> None:
    deployment.start("web", "worker", "scheduler")
    deployment.ready()
    watch(deployment, target.url, count=3)
    eventually(lambda: len(history(deployment)) >= 3, 25, "three heartbeats")
    redis_server.kill()
    time.sleep(12)
    hits = target.hits
    redis_server.start()
    back = time.time() * 1000
    eventually(
        lambda: any(back - 10_000 < at < back - 2_000 for at in timestamps(deployment)), 5, "waiting results written"
    )
    assert hits > 3
    time.sleep(11)
    for name in ("s0", "s1", "s2"):
        gaps = [after - before for before, after in pairwise(timestamps(deployment, name))][1:]
        assert max(gaps) < 7_500, f"{name} has a hole: {gaps}"
        assert min(gaps) > 2_500, f"{name} was checked twice for one slot: {gaps}"


def test_a_full_redis_is_read_but_not_written(
    deployment: Deployment, redis_server: RedisServer, target: Target
) -> None:
    deployment.start("web", "worker", "scheduler")
    deployment.ready()
    watch(deployment, target.url)
    client = redis_server.client()
    client.config_set("maxmemory", "1mb")
    refused = deployment.ask("POST", "/api/services", {"name": "more", "url": target.url})
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.json["error"] is True
    assert deployment.get("/api/services").status == 200
    assert deployment.get("/api/status", key="").status == 200
    eventually(lambda: deployment.get("/readyz").status == 503, 10, "health turning red")
    assert "memory" in deployment.get("/readyz").body.decode()
    client.config_set("maxmemory", "0")
    deployment.ready(15)
    assert deployment.ask("POST", "/api/services", {"name": "more", "url": target.url}).status == 201


def test_a_read_only_replica_refuses_writes_clearly(deployment: Deployment, redis_server: RedisServer) -> None:
    deployment.start("web")
    eventually(lambda: deployment.get("/api/services").status == 200, 15, "the web part answering")
    client = redis_server.client()
    client.replicaof("127.0.0.1", "1")
    refused = deployment.ask("POST", "/api/services", {"name": "x", "url": "http://127.0.0.1:1/"})
    assert refused.status == 503
    assert deployment.get("/api/services").status == 200
    client.replicaof("NO", "ONE")
    assert deployment.ask("POST", "/api/services", {"name": "x", "url": "http://127.0.0.1:1/"}).status == 201


def test_while_redis_is_away_readers_get_the_last_known_status(
    deployment: Deployment, redis_server: RedisServer, target: Target
) -> None:
    deployment.start("web", "worker", "scheduler")
    deployment.ready()
    watch(deployment, target.url)
    eventually(lambda: deployment.get("/api/status", key="").json["services"] != [], 5, "the service shown")
    redis_server.kill()
    time.sleep(2.5)
    stale = deployment.get("/api/status", key="")
    assert stale.status == 200
    assert stale.seconds < 2
    assert int(stale.headers["X-Status-Stale"]) >= 1
    assert stale.json["services"][0]["name"] == "s0"
    page = deployment.get("/", key="")
    assert page.status == 200
    assert "s0" in page.body.decode()
    for method, path, body in [
        ("GET", "/api/services", None),
        ("GET", "/api/ping", None),
        ("POST", "/api/services", {"name": "n", "url": target.url}),
        ("POST", "/api/auth/login", {"password": PASSWORD}),
        ("GET", "/api/settings", None),
        ("GET", "/api/ping/cron", None),
        ("GET", "/api/uptime", None),
    ]:
        answer = deployment.ask(method, path, body)
        assert answer.status in (500, 503), f"{method} {path}: {answer.status}"
        assert answer.seconds < 2.2, f"{method} {path} took {answer.seconds:.1f} s"
        assert answer.json["error"]
    assert deployment.get("/api/test-redis").json["connected"] is False
    assert deployment.get("/healthz").status == 200
    assert deployment.get("/readyz").status == 503


def test_without_a_last_copy_the_answer_is_a_quick_503(deployment: Deployment, redis_server: RedisServer) -> None:
    redis_server.kill()
    deployment.start("web")
    eventually(lambda: deployment.get("/healthz").status == 200, 15, "the web part answering")
    answer = deployment.get("/api/status", key="")
    assert answer.status == 503
    assert answer.seconds < 1.2
    redis_server.start()
    eventually(lambda: deployment.get("/api/status", key="").status == 200, 5, "the status back")


def test_a_memory_policy_that_evicts_is_not_passed_over_in_silence(
    deployment: Deployment, redis_server: RedisServer
) -> None:
    redis_server.client().config_set("maxmemory-policy", "allkeys-lru")
    deployment.start("web", "worker", "scheduler")
    eventually(lambda: "evict" in deployment.get("/readyz").body.decode(), 20, "the warning in /readyz")


def test_the_key_of_the_deployment_opens_it(deployment: Deployment) -> None:
    deployment.start("web")
    eventually(lambda: deployment.get("/api/services").status == 200, 15, "the web part answering")
    assert deployment.ask("GET", "/api/services", key=None).status == 401
    assert deployment.ask("GET", "/api/services", key=API_KEY[:-1] + "x").status == 401
