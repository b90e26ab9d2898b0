"""Codings undone piece by piece: whatever the pieces, and never more at once than a block."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uptime.checks._decode import BLOCK, MEMBER_LIMIT, Decoder, Undecodable, decoder_for


def through(decoder: Decoder, data: bytes, step: int) -> bytes:
    out = b"".join(block for at in range(0, len(data), step) for block in decoder.feed(data[at : at + step]))
    decoder.finish()
    return out


def bare(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4), step=st.integers(1, 50))
def test_any_pieces_come_out_whole(parts: list[bytes], step: int) -> None:
    whole = b"".join(parts)
    members = b"".join(gzip.compress(part) for part in parts)
    assert through(Decoder(["gzip"]), members, step) == whole
    assert through(Decoder(["gzip"]), members + b"\0" * step, step) == whole
    assert through(Decoder(["gzip"]), members + b"rest", step) == whole
    assert through(Decoder(["deflate"]), zlib.compress(whole), step) == whole
    assert through(Decoder(["deflate"]), bare(whole), step) == whole
    assert through(Decoder(["deflate", "gzip"]), zlib.compress(members), step) == whole


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200), step=st.integers(1, 50))
def test_any_bytes_are_decoded_or_refused(data: bytes, step: int) -> None:
    for coding in ("gzip", "deflate"):
        for wire in (data, b"\x1f\x8b\x08\x00" + data, b"\x78\x9c" + data):
            try:
                through(Decoder([coding]), wire, step)
            except Undecodable:
                continue


CUT_OFF = {
    "at its end": gzip.compress(b"hello")[:-1],
    "in its head": gzip.compress(b"hello")[:5],
    "after a byte": b"\x1f",
    "not coded at all": b"hello",
}


@pytest.mark.parametrize("wire", CUT_OFF.values(), ids=CUT_OFF)
def test_what_is_cut_off_is_refused(wire: bytes) -> None:
    with pytest.raises(Undecodable):
        through(Decoder(["gzip"]), wire, 3)


def test_a_bomb_takes_no_memory() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    sizes = [len(block) for block, _ in zip(Decoder(["gzip"]).feed(bomb), range(100), strict=False)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert max(sizes) <= BLOCK
    assert peak < 1 << 20


def test_members_without_number_are_refused() -> None:
    wire = gzip.compress(b"") * (MEMBER_LIMIT + 1)
    with pytest.raises(Undecodable):
        through(Decoder(["gzip"]), wire, 4_096)
    assert through(Decoder(["gzip"]), wire[: -len(gzip.compress(b""))], 4_096) == b""


@pytest.mark.parametrize("coding", ["", "identity", "br", "gzip, br", "zstd"])
def test_other_codings_are_left_alone(coding: str) -> None:
    assert decoder_for(coding) is None


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", " GZIP ", "deflate", "deflate, gzip", "identity, gzip"])
def test_our_codings_are_undone(coding: str) -> None:
    assert decoder_for(coding) is not None
