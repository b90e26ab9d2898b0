"""A real mailbox server: Dovecot, which speaks IMAP and POP3, with and without encryption from the start."""

import getpass
import grp
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.servers.certificates import Shown
from tests.servers.tcp import closed_port

SERVICES = ("imap", "imaps", "pop3", "pop3s")
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
mail_location = maildir:{folder}/mail
login_greeting = Mailboxes of the tests
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
  }}
}}
"""
OURSELVES = """
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
}}
"""
"""What lets it run for somebody who is not root."""


def installed() -> bool:
    """Whether there is a Dovecot here."""
    return binary() is not None


def binary() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def dovecot(shown: Shown) -> Iterator[dict[str, int]]:
    """A server that is listening; gives the port of each service."""
    with tempfile.TemporaryDirectory(prefix="upspeak-dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        key = shown.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        (folder / "server.pem").write_text(shown.pem + key)
        (folder / "run").mkdir()
        ports = {service: closed_port() for service in SERVICES}
        text = CONFIGURATION.format(folder=folder, **ports)
        if os.geteuid():
            text += OURSELVES.format(user=getpass.getuser(), group=grp.getgrgid(os.getegid()).gr_name)
        (folder / "dovecot.conf").write_text(text)
        process = subprocess.Popen([str(binary()), "-F", "-c", str(folder / "dovecot.conf")])
        try:
            for port in ports.values():
                _await(port, process, folder / "log")
            yield ports
        finally:
            process.terminate()
            process.wait(10)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
        else:
            return
