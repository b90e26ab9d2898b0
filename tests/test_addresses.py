"""Which addresses may be connected to, in every spelling an address has."""

from ipaddress import ip_network

import pytest

from uptime.addresses import METADATA, Policy, canonical, is_private

SERVER = Policy(allow_private=True)
SERVERLESS = Policy(allow_private=False)


@pytest.mark.parametrize(
    ("spelling", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("::ffff:127.0.0.1", "::ffff:7f00:1"),
        ("FD00:EC2::254", "fd00:ec2::254"),
        ("::1%lo", None),
        ("[::1", None),
        ("256.0.0.1", None),
        ("1.2.3.4.5", None),
        ("08.0.0.1", None),
        ("localhost", None),
        ("127.0.0.1.nip.test", None),
        ("", None),
        ("1.2.3.4 x", None),
        ("١٢٧.0.0.1", None),
    ],
)
def test_every_spelling_of_an_address_has_one_canonical_form(spelling: str, address: str | None) -> None:
    assert canonical(spelling) == address


WHEREVER = [
    *METADATA,
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "255.255.255.255",
    "::ffff:169.254.169.254",
    "::ffff:0:169.254.169.254",
    "::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::169.254.169.254",
    "2001:0:a9fe:a9fe::",
    "2001:0:1:2:3:4:5601:5601",
    "2001:db8::5efe:169.254.169.254",
    "not an address",
]


@pytest.mark.parametrize("address", WHEREVER)
def test_some_addresses_are_denied_everywhere(address: str) -> None:
    for policy in (SERVER, SERVERLESS):
        refusal = policy.refusal(address, 80)
        assert refusal is not None
        assert refusal.endswith(".")


PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "::1",
    "fd00::1",
    "fe80::1",
    "::ffff:10.0.0.1",
    "2002:a00:1::",
    "64:ff9b::10.0.0.1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_allowed_on_a_server_and_denied_on_serverless(address: str) -> None:
    assert SERVER.refusal(address, 80) is None
    assert SERVERLESS.refusal(address, 80) is not None


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "172.15.0.1", "172.32.0.1", "9.255.255.255", "2606:4700::1111", "64:ff9b::1.1.1.1"]
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert SERVER.refusal(address, 80) is None
    assert SERVERLESS.refusal(address, 80) is None


def policy(allow: str = "", deny: str = "", private: bool = False) -> Policy:
    return Policy(
        allow_private=private,
        allow=[ip_network(net) for net in allow.split()],
        deny=[ip_network(net) for net in deny.split()],
    )


def test_an_allowed_network_beats_a_denied_one_unless_that_is_narrower() -> None:
    assert policy(allow="10.0.0.0/8").refusal("10.1.2.3", 80) is None
    assert policy(allow="10.0.0.0/8", deny="10.1.0.0/16").refusal("10.1.2.3", 80) is not None
    assert policy(allow="10.1.2.0/24", deny="10.1.0.0/16").refusal("10.1.2.3", 80) is None
    assert policy(allow="10.1.0.0/16", deny="10.1.0.0/16").refusal("10.1.2.3", 80) is None
    assert policy(deny="1.1.1.0/24").refusal("1.1.1.1", 80) is not None
    assert policy(deny="2606:4700::/32", private=True).refusal("2606:4700::1111", 80) is not None


def test_metadata_is_opened_only_by_naming_it() -> None:
    assert policy(allow="169.254.0.0/16").refusal("169.254.169.254", 80) is not None
    assert policy(allow="169.254.169.254/32").refusal("169.254.169.254", 80) is None
    assert policy(allow="169.254.169.254/32").refusal("::ffff:169.254.169.254", 80) is None


def test_our_own_ports_are_denied() -> None:
    own = Policy(allow_private=True, own=[("127.0.0.1", 8000), ("127.0.0.1", 6379), ("10.0.0.5", 6379)])
    assert own.refusal("127.0.0.1", 8000) is not None
    assert own.refusal("::ffff:127.0.0.1", 8000) is not None
    assert own.refusal("10.0.0.5", 6379) is not None
    assert own.refusal("10.0.0.5", 8000) is None
    assert own.refusal("127.0.0.1", 8001) is None
    assert own.refusal("127.0.0.2", 8000) is None


def test_a_port_open_on_all_addresses_is_ours_on_each_address_of_this_machine() -> None:
    own = Policy(allow_private=True, own=[("0.0.0.0", 8000)])
    assert own.refusal("127.0.0.1", 8000) is not None
    assert own.refusal("127.9.9.9", 8000) is not None
    assert own.refusal("192.0.2.1", 8000) is None
    assert own.refusal("127.0.0.1", 8001) is None


def test_an_own_port_may_be_allowed() -> None:
    allowed = Policy(allow_private=True, own=[("127.0.0.1", 8000)], allow=[ip_network("127.0.0.1/32")])
    assert allowed.refusal("127.0.0.1", 8000) is None


def test_many_addresses_do_not_pile_up() -> None:
    busy = Policy(allow_private=True)
    for number in range(20_000):
        busy.refusal(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 80)
    assert len(busy._judged) <= 8_192


@pytest.mark.parametrize(
    ("address", "private"),
    [("127.0.0.1", True), ("10.1.2.3", True), ("::ffff:192.168.0.1", True), ("64:ff9b::a00:1", True), ("fd00::1", True),
     ("fe80::1", True), ("1.1.1.1", False), ("203.0.113.7", False), ("2606:4700::1111", False)],
)  # fmt: skip
def test_what_is_private(address: str, private: bool) -> None:
    assert is_private(address) is private
