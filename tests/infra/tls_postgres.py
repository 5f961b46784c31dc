"""A real Postgres that speaks TLS on loopback, with a certificate of an authority of its own."""

import datetime
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.lacking import lacking

# The embedded one is built without TLS.
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
NAME = "db.switchboard.test"
DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates. `pem` is what a user would set as DATABASE_CA."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an own authority")])
        made = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = made.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, folder: Path) -> None:
        """A key and a certificate for `NAME` and 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = (
            self._builder(x509.Name([]), key)
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        text = serialization.Encoding.PEM
        plain = serialization.NoEncryption()
        secret = key.private_bytes(text, serialization.PrivateFormat.PKCS8, plain)
        (folder / "server.crt").write_bytes(made.public_bytes(text))
        (folder / "server.key").write_bytes(secret)
        (folder / "server.key").chmod(0o600)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
        )


@contextmanager
def tls_postgres(folder: Path, authority: Authority) -> Iterator[int]:
    """The port of a running server."""
    if not PROGRAMS:
        lacking("needs a Postgres with TLS: apt-get install postgresql")
    programs, data = PROGRAMS[-1], folder / "data"
    data.mkdir(parents=True)
    # It refuses to be root.
    user = "nobody" if os.geteuid() == 0 else None
    _give(data, user)
    command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-N"]
    subprocess.run(command, user=user, check=True, capture_output=True, timeout=120, cwd="/")
    authority.sign(data)
    (data / "ca.crt").write_text(authority.pem)
    for file in ("server.crt", "server.key", "ca.crt"):
        _give(data / file, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = {"listen_addresses": "127.0.0.1", "port": port, "ssl": "on", "fsync": "off"}
    options["ssl_ca_file"] = "ca.crt"
    process = subprocess.Popen(
        [str(programs / "postgres"), "-D", str(data), "-c", "unix_socket_directories="]
        + [word for name, value in options.items() for word in ("-c", f"{name}={value}")],
        user=user,
        cwd="/",
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _give(path: Path, user: str | None) -> None:
    if user is not None:
        shutil.chown(path, user)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "Postgres ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Postgres does not listen")
