"""An MQTT broker on ports of its own, without and with TLS, that lets in who knows a password."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paho.mqtt.publish import single

from tests.servers.certificates import good
from tests.servers.daemons import accepts, folder, nobody, program, running
from tests.servers.tcp import closed_port

USER, PASSWORD = "watcher", "sesame & co"


@dataclass(frozen=True)
class Broker:
    """Its ports. TLS is spoken on 127.0.0.1 and 127.0.0.2; the certificate names only the first."""

    port: int
    tls_port: int
    open_port: int
    """Where nobody needs a password."""
    websocket_port: int
    """The same, by WebSocket."""

    def publish(self, topic: str, payload: bytes | str) -> None:
        """Leave a message that everybody gets who subscribes later."""
        single(topic, payload, retain=True, hostname="127.0.0.1", port=self.open_port)


@contextmanager
def broker() -> Iterator[Broker]:
    found = Broker(closed_port(), closed_port(), closed_port(), closed_port())
    mosquitto, hasher = program("mosquitto"), program("mosquitto_passwd")
    with folder("mqtt") as place:
        conf, key, users = place / "conf", place / "key.pem", place / "users"
        key.write_bytes(good().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (place / "server.pem").write_text(good().pem)
        subprocess.run([hasher, "-b", "-c", str(users), USER, PASSWORD], check=True, capture_output=True)
        (place / "acl").write_text("user watcher\ntopic read house/#\n")
        conf.write_text(_conf(place, found))
        dropped = nobody(key, users, place / "acl")
        with running([*dropped, mosquitto, "-c", str(conf)], accepts(found.tls_port), place / "log"):
            yield found


def _conf(place: Path, found: Broker) -> str:
    known = f"allow_anonymous false\npassword_file {place}/users\n"
    secured = f"{known}certfile {place}/server.pem\nkeyfile {place}/key.pem\n"
    return (
        "per_listener_settings true\npersistence false\nlog_dest stderr\n"
        f"listener {found.open_port} 127.0.0.1\nallow_anonymous true\n"
        f"listener {found.websocket_port} 127.0.0.1\nprotocol websockets\nallow_anonymous true\n"
        f"listener {found.port} 127.0.0.1\n{known}acl_file {place}/acl\n"
        f"listener {found.tls_port} 127.0.0.1\n{secured}listener {found.tls_port} 127.0.0.2\n{secured}"
    )
