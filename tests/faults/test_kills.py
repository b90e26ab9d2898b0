"""Processes are killed at any moment: nothing acknowledged is lost, no planned time has two heartbeats."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.deployment import API_KEY, PASSWORD, ROOT, Deployment, Target, eventually, free_port

pytestmark = pytest.mark.long


def entries(deployment: Deployment, name: str) -> list[int]:
    return sorted(
        int(entry["timestamp"]) for entry in deployment.get(f"/api/history/{name}?limit=1000").json["history"]
    )


def test_orphans_of_a_killed_worker_are_taken_over_in_time(deployment: Deployment, target: Target) -> None:
    deployment.start("web", "worker", "scheduler")
    deployment.ready()
    target.delay = 2.0
    body = {"name": "slow", "url": target.url, "interval": 5, "timeout": 3_000}
    assert deployment.ask("POST", "/api/services", body).status == 201
    eventually(lambda: len(entries(deployment, "slow")) >= 2, 20, "two heartbeats")
    hits = target.hits
    eventually(lambda: target.hits > hits, 10, "a check under way")
    deployment.kill("worker")
    killed = time.time() * 1000
    deployment.start("worker")
    took = eventually(lambda: any(at > killed for at in entries(deployment, "slow")), 25, "the orphan checked")
    assert took < 3 + 15 + 3


def test_with_several_of_each_and_random_kills_each_slot_has_one_heartbeat(
    deployment: Deployment, target: Target
) -> None:
    chance = random.Random(20_260_302)
    parts = ["worker", "worker2", "scheduler", "scheduler2"]
    deployment.start("web", *parts)
    deployment.ready()
    names = [f"s{index}" for index in range(20)]
    for name in names:
        body = {"name": name, "url": target.url, "interval": 5, "timeout": 1_000}
        assert deployment.ask("POST", "/api/services", body).status == 201
    end = time.monotonic() + 40
    while time.monotonic() < end:
        time.sleep(chance.uniform(1, 4))
        victim = chance.choice(parts)
        deployment.kill(victim)
        deployment.start(victim)
    time.sleep(22)
    for name in names:
        times = entries(deployment, name)
        gaps = [after - before for before, after in pairwise(times)][1:]
        slots = Counter(round(at / 5000 - times[-1] / 5000) for at in times[1:])
        assert max(slots.values()) == 1, f"{name}: a slot with two heartbeats"
        assert max(gaps) < 5_000 + 1_000 + 15_000 + 2_500, f"{name} has a hole: {gaps}"


def test_a_worker_told_to_stop_hands_back_what_it_cannot_finish(deployment: Deployment, target: Target) -> None:
    deployment.start("web", "worker", "scheduler")
    deployment.ready()
    body = {"name": "slow", "url": target.url, "interval": 5, "timeout": 25_000}
    assert deployment.ask("POST", "/api/services", body).status == 201
    target.delay, hits = 30.0, target.hits
    eventually(lambda: target.hits > hits, 15, "a check under way")
    before = len(entries(deployment, "slow"))
    status, seconds = deployment.terminate("worker")
    assert status == 0
    assert seconds < 10
    target.delay = 0.0
    deployment.start("worker")
    eventually(lambda: len(entries(deployment, "slow")) > before, 8, "the handed-back check done at once")


def test_one_command_killed_outright_keeps_everything(tmp_path: Path, target: Target) -> None:
    run = Deployment(tmp_path, "")
    env = {
        **os.environ,
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(run.port),
        "API_KEY": API_KEY,
        "ADMIN_PASSWORD": PASSWORD,
        "RATE_LIMIT_FACTOR": "0",
    }
    env.pop("REDIS_URL", None)
    for _ in range(2):
        process = _start(env)
        run.ready(40)
        name = f"s{free_port()}"
        assert run.ask("POST", "/api/services", {"name": name, "url": target.url, "interval": 5}).status == 201
        made = run.ask("POST", "/api/keys", {"name": name, "scope": "read"}).json
        time.sleep(6)
        shown = entries(run, name)
        services = {service["name"] for service in run.get("/api/services").json["services"]}
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process = _start(env)
        run.ready(40)
        assert set(shown) <= set(entries(run, name))
        assert {service["name"] for service in run.get("/api/services").json["services"]} == services
        assert run.ask("GET", "/api/services", key=made["secret"]).status == 200
        assert run.ask("POST", "/api/auth/login", {"password": PASSWORD}).status == 200
        began = time.monotonic()
        process.terminate()
        assert process.wait(15) == 0
        assert time.monotonic() - began < 10
        assert _left_of(process.pid) == []


def _start(env: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "uptime", "run"], cwd=ROOT, env=env, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _left_of(session: int) -> list[int]:
    """Processes of that session which still live."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found
