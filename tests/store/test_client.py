"""A store that is away, silent, full or read-only is one error with a sentence, and soon."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from tests.store.refusing import Server, server
from uptime.domain.errors import Unavailable
from uptime.store.client import Client, connect, raw_connection

WITHIN = 2.0


@pytest.fixture
def private() -> Iterator[Server]:
    with server() as made:
        yield made


@pytest.fixture
def client(private: Server) -> Iterator[Client]:
    made = connect(private.url)
    yield made
    made.close()


def in_pipeline(client: Client) -> object:
    return client.pipeline(transaction=False).set("a", "1").get("a").execute()


def in_transaction(client: Client) -> object:
    return client.pipeline().set("a", "1").get("a").execute()


def in_script(client: Client) -> object:
    return client.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, "a", "1")


def alone(client: Client) -> object:
    return client.set("a", "1")


WRITES = [alone, in_pipeline, in_transaction, in_script]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(("refuse", "word"), [(Server.fill, "memory"), (Server.follow, "read-only")])
def test_a_refused_write_says_why_and_reads_go_on(
    private: Server, client: Client, write: Callable[[Client], object], refuse: Callable[[Server], None], word: str
) -> None:
    client.set("b", "2")
    refuse(private)
    with pytest.raises(Unavailable, match=word):
        write(client)
    assert client.get("b") == b"2"


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("end", [Server.freeze, Server.kill])
def test_a_store_that_does_not_answer_is_given_up_soon(
    private: Server, client: Client, write: Callable[[Client], object], end: Callable[[Server], None]
) -> None:
    client.ping()
    end(private)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="cannot be reached"):
        write(client)
    assert time.monotonic() - began < WITHIN


def test_it_is_there_again_without_help(private: Server, client: Client) -> None:
    client.set("a", "1")
    private.freeze()
    with pytest.raises(Unavailable):
        client.get("a")
    private.thaw()
    assert client.get("a") == b"1"
    private.admin.client_kill_filter(_type="normal", skipme=True)
    assert client.get("a") == b"1"


def test_a_mistake_of_ours_is_no_outage(private: Server, client: Client) -> None:
    client.set("OOM text", "MISCONF")
    with pytest.raises(redis.ResponseError):
        client.lpush("OOM text", "x")
    with pytest.raises(redis.exceptions.NoScriptError):
        client.evalsha("0" * 40, 0)


def test_what_rq_gets_raises_what_redis_raises(private: Server) -> None:
    private.kill()
    with pytest.raises(redis.exceptions.ConnectionError):
        raw_connection(private.url).ping()


def test_a_wrong_password_is_said(private: Server) -> None:
    private.admin.config_set("requirepass", "secret")
    with pytest.raises(Unavailable, match="password"):
        connect(private.url).get("a")
    with pytest.raises(Unavailable, match="password"):
        connect(f"{private.url}?password=other").get("a")
    assert connect(f"{private.url}?password=secret").ping()
    private.admin.config_set("requirepass", "")


def test_many_threads_and_a_fork_share_one_client(private: Server, client: Client) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(lambda _: client.incr("n"), range(400))) == list(range(1, 401))
    child = os.fork()
    if child == 0:
        os._exit(0 if all(client.incr("child") for _ in range(200)) else 1)
    assert all(client.incr("parent") == number for number in range(1, 201))
    assert os.waitpid(child, 0)[1] == 0
    assert client.get("child") == b"200"
