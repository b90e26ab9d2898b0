"""Methods of gRPC services made of the text that defines them: their messages from JSON and to JSON."""

import json
import os
import subprocess
import sys
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message, message_factory
from grpc_tools import protoc

from uptime.checks._text import said

if TYPE_CHECKING:
    from uptime.checks._net import Net

REMEMBERED = 256
FILE = "service.proto"

_known: OrderedDict[tuple[str, str, str], "Method"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Method:
    """A method that takes one message and answers with one."""

    path: str
    _takes: Any
    _answers: Any

    def request(self, body: str) -> bytes:
        """The bytes of a message given as JSON. ValueError: it is no such message."""
        try:
            return bytes(json_format.Parse(body or "{}", self._takes()).SerializeToString())
        except (json_format.ParseError, RecursionError) as error:
            raise ValueError(f"the message does not fit the method: {said(error)}.") from None

    def reply(self, answer: bytes) -> str:
        """An answer as JSON, with the names of the definition, and whatever is not set. ValueError: it is none."""
        try:
            values = json_format.MessageToDict(
                self._answers.FromString(answer),
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        except (message.DecodeError, json_format.Error, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"{said(error)}.") from None


async def method_of(proto: str, service: str, method: str, net: "Net") -> Method:
    """The method of a service, by its name or its full name. ValueError, with a clause: there is none."""
    key = proto, service, method
    if key not in _known:
        _known[key] = await net.aside(lambda: _found(_compiled(proto, net.remaining()), service, method))
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
    _known.move_to_end(key)
    return _known[key]


def _compiled(proto: str, seconds: float) -> bytes:
    """The definition as the compiler writes it. It runs as a process of its own: the text is anybody's."""
    with tempfile.TemporaryDirectory(prefix="upspeak-proto-") as place:
        (Path(place) / FILE).write_text(proto)
        # Nothing of the environment goes along: it holds secrets.
        command = [sys.executable, "-sP", "-m", protoc.__name__, "-I.", "--include_imports", "-oout", FILE]
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and nothing of the text among the arguments
                command,
                cwd=place,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                capture_output=True,
                timeout=max(0.1, seconds),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ValueError("the protocol definition could not be compiled in time.") from None
        if done.returncode:
            raise ValueError(
                f"the protocol definition cannot be used: {_complaint(done.stderr.decode(errors='replace'))}."
            )
        return (Path(place) / "out").read_bytes()


def _complaint(output: str) -> str:
    """The first thing that the compiler finds wrong, among its warnings."""
    lines = output.strip().splitlines() or ["it says nothing"]
    first = next((line for line in lines if line.startswith(f"{FILE}:")), lines[-1])
    return said(first.replace(f"{FILE}:", "line ", 1))


def _found(compiled: bytes, service: str, method: str) -> Method:
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(compiled).file
    for file in files:
        pool.Add(file)
    services = pool.FindFileByName(FILE).services_by_name.values()
    of_service = next((each for each in services if service in (each.name, each.full_name)), None)
    if of_service is None:
        raise ValueError(f"the protocol definition has no service {said(service, 60)}.")
    found = of_service.methods_by_name.get(method)
    if found is None:
        raise ValueError(f"the service {said(service, 60)} has no method {said(method, 60)}.")
    if found.client_streaming or found.server_streaming:
        raise ValueError(f"the method {said(method, 60)} streams: only one message there and one back can be checked.")
    takes, answers = (message_factory.GetMessageClass(each) for each in (found.input_type, found.output_type))
    return Method(f"/{of_service.full_name}/{found.name}", takes, answers)
