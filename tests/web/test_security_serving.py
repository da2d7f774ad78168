"""Reached by TLS, and from behind a proxy: cookies and headers are then for TLS only."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analyser.errors import SettingsError
from analyser.web import accounts
from analyser.web.app import create_app
from analyser.web.config import WebConfig
from analyser.web.tables import User
from tests.browsers import PASSWORD

PATIENCE = 60
"""seconds that a server gets to come up on a busy machine"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine, signed by itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "analyser")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    encoding, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "cert.pem").write_bytes(made.public_bytes(encoding))
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, plain, serialization.NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def served(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[str]:
    """The command itself, with its flags; gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["serve", "--workspace", str(tmp_path / "w"), "--port", str(port)]
    words += ["--certificate", str(certificate[0]), "--certificate-key", str(certificate[1])]
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", "from analyser.cli import main; main()", *words],
        env=os.environ | {"PYTHONPATH": root},
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + PATIENCE
        while not _listens(port):
            assert time.monotonic() < until, "it did not come up"
            with contextlib.suppress(subprocess.TimeoutExpired):
                pytest.fail(f"it ended with {process.wait(0.1)}")
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_by_tls(served: str, certificate: tuple[Path, Path]) -> None:
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with httpx.Client(verify=trust, trust_env=False) as asker:
        answer = asker.get(f"{served}/")
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))
        assert "max-age" in answer.headers["strict-transport-security"]
        made = asker.post(f"{served}/tokens", data={"action": "make", "name": "x"}, headers={"origin": served})
        assert made.status_code == 200
        plain = served.replace("https", "http")
        refused = asker.post(f"{served}/tokens", data={"action": "make", "name": "x"}, headers={"origin": plain})
        assert refused.status_code == 403
    with pytest.raises(httpx.HTTPError):
        httpx.get(plain, trust_env=False)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((httpx.HTTPError, ssl.SSLError)):
        httpx.get(served, verify=old, trust_env=False)


def test_one_of_two_files_is_no_tls(config: WebConfig, certificate: tuple[Path, Path]) -> None:
    for wrong in ({"certificate": certificate[0]}, {"certificate_key": certificate[1]}):
        with pytest.raises(SettingsError, match="--certificate-key"):
            create_app(replace(config, **wrong))
    with pytest.raises(SettingsError, match="no such file"):
        create_app(replace(config, certificate=Path("gone.pem"), certificate_key=certificate[1]))


class TestProxy:
    """Behind a proxy that brings TLS, at 10.0.0.1."""

    SENT = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "x-forwarded-host": "calls.example.nl"}  # noqa: RUF012

    @pytest.fixture
    def app(self, config: WebConfig, hashed: str) -> Iterator[Starlette]:
        first = create_app(config)
        with first.state.site.database.write() as session:
            session.add(User(name="anna", role="seller", password=hashed))
        first.state.site.database.close()
        made = create_app(replace(config, trusted_proxies=("10.0.0.1",), allowed_hosts=("calls.example.nl",)))
        yield made
        made.state.site.database.close()

    def asker(self, app: Starlette, address: str) -> TestClient:
        return TestClient(
            app, base_url="http://calls.example.nl", client=(address, 4000), headers=self.SENT, follow_redirects=False
        )

    def test_cookies_are_for_tls(self, app: Starlette) -> None:
        asker = self.asker(app, "10.0.0.1")
        form = {"name": "anna", "password": PASSWORD}
        answer = asker.post("/login", data=form, headers={"origin": "https://calls.example.nl"})
        assert answer.status_code == 303
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" in answer.headers
        assert asker.post("/login", data=form, headers={"origin": "http://calls.example.nl"}).status_code == 403

    def test_another_is_not_believed(self, app: Starlette) -> None:
        asker = self.asker(app, "10.0.0.2")
        form = {"name": "anna", "password": PASSWORD}
        # Its headers do not make it the proxy's name, scheme or client.
        assert asker.post("/login", data=form, headers={"origin": "https://calls.example.nl"}).status_code == 403
        assert "strict-transport-security" not in asker.get("/login").headers

    def test_guessing_from_one_address_is_slowed_down_whatever_it_claims(
        self, app: Starlette, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(accounts, "FAILURES_BY_ADDRESS", 3)
        asker, statuses = self.asker(app, "10.0.0.1"), []
        for number in range(5):
            claimed = {"x-forwarded-for": f"198.51.100.{number}, 203.0.113.9", "origin": "https://calls.example.nl"}
            form = {"name": f"nobody{number}", "password": "x"}
            statuses.append(asker.post("/login", data=form, headers=claimed).status_code)
        assert statuses == [401] * 3 + [429] * 2
