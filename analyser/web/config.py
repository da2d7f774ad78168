"""What the web app needs to know to start; frozen, so that every process of it works by the same."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from analyser.errors import SettingsError
from analyser.settings import Settings

GIB = 1 << 30


@dataclass(frozen=True)
class WebConfig:
    """Where the app lives and what it allows.

    ``workspace`` holds everything: ``calls/`` (a folder for each call, named by its key), ``uploads/`` (what is on
    its way in), ``tmp/``, the database unless ``database`` is a URL of another, and locks. Sizes are in bytes.
    """

    workspace: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database: str = ""
    """SQLAlchemy URL; empty is SQLite in the workspace"""
    settings: Settings = field(default_factory=Settings)
    """how calls are analysed"""
    max_upload: int = 2 * GIB
    """bytes of the largest recording taken"""
    reserve: int = GIB
    """bytes that stay free on the disk: no upload is taken and no call begun below it"""
    max_hours: float = 8.0
    """hours of the longest recording analysed"""
    trusted_proxies: tuple[str, ...] = ()
    """addresses whose X-Forwarded-* headers are believed"""
    allowed_hosts: tuple[str, ...] = ()
    """names under which the app may be asked for; empty: those of this machine when it listens to itself only"""
    certificate: Path | None = None
    certificate_key: Path | None = None
    key_file: Path | None = None
    """32 bytes as base64: recordings are kept encrypted with it"""
    watch: Path | None = None
    """a folder from which recordings are taken in"""
    webhook_hosts: tuple[str, ...] = ()
    """hosts to which webhooks may be sent"""
    retention_recording: int = 0
    """days after which a call's sound is deleted by itself; 0 keeps it"""
    retention_call: int = 0
    """days after which the whole call is deleted by itself; 0 keeps it"""
    retention_transcript: int = 0
    """days after which what was said is deleted, and figures and moments without quotes stay; 0 keeps it"""

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it: not when a proxy stands before it, or it goes by another name."""
        if self.trusted_proxies or self.allowed_hosts:
            return False
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def calls(self) -> Path:
        """The folder with a folder for each call; what overview and search read."""
        return self.workspace / "calls"

    @property
    def uploads(self) -> Path:
        """Where uploads grow until they are whole."""
        return self.workspace / "uploads"

    @property
    def temporary(self) -> Path:
        """Short-lived files, emptied at start."""
        return self.workspace / "tmp"

    @property
    def database_url(self) -> str:
        """The database to use."""
        return self.database or f"sqlite:///{(self.workspace / 'analyser.sqlite').resolve()}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS: cookies are then for TLS only."""
        return self.certificate is not None or bool(self.trusted_proxies)

    def check(self) -> None:
        """Raise SettingsError for what cannot work together."""
        if (self.certificate is None) != (self.certificate_key is None):
            raise SettingsError("TLS needs both --certificate and --certificate-key.")
        for path in (self.certificate, self.certificate_key, self.key_file):
            if path is not None and not path.is_file():
                raise SettingsError(f"{path}: there is no such file.")
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError as error:
                raise SettingsError(f"--trusted-proxy {proxy}: is no address or network ({error}).") from error
