"""The environment variables of TITAN, read once and checked; no other module of the site looks at them.

======================== ==================================================== ==============================
variable                 meaning                                              default
======================== ==================================================== ==============================
``TITAN_HOME``           folder of the database, snapshots, local secret      ``var`` beside the packages
``TITAN_REPORTS``        folder of rendered reports                           ``reports/output``, or with
                                                                              TITAN_HOME its ``reports``
``DATABASE_URL``         ``sqlite:///file`` (relative to TITAN_HOME) or       ``sqlite:///titan.db``
                         ``postgresql://user:password@host:5432/name``
``MARKET_DATA_URL``      where the bars live, same forms                      ``DATABASE_URL``
``CELERY_BROKER_URL``    ``redis://...``; empty: jobs run in this process     empty
``DJANGO_SECRET_KEY``    signs sessions                                       made once, in
                                                                              ``TITAN_HOME/secret.key``
``DJANGO_DEBUG``         error pages with source                              off
``DJANGO_ALLOWED_HOSTS`` host names, comma separated                          this machine
``TITAN_PRODUCTION``     refuse local secrets, DEBUG and ``*``; HTTPS only    off
======================== ==================================================== ==============================
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured

__all__ = ["DatabaseAddress", "Environment", "async_unsafe_is_allowed", "is_kernel"]

REPOSITORY = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
SHORTEST_SECRET = 32
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"", "0", "false", "no", "off"})
POSTGRESQL_OPTIONS = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "connect_timeout"})


def async_unsafe_is_allowed() -> bool:
    """Whether Django's guard against ORM calls in a running event loop is switched off."""
    return bool(os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"))


def is_kernel() -> bool:
    """Whether this process is a Jupyter kernel, or a command that was started from one (``!titan scan``)."""
    return "ipykernel" in sys.modules or bool(os.environ.get("JPY_PARENT_PID"))


@dataclass(frozen=True, kw_only=True)
class DatabaseAddress:
    """A database URL taken apart; ``name`` is an absolute file for SQLite, a database name for PostgreSQL."""

    scheme: str
    name: str
    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int | None = None
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_sqlite(self) -> bool:
        return self.scheme == "sqlite"

    @property
    def url(self) -> str:
        """The same address as one URL, with an absolute file name."""
        if self.is_sqlite:
            return f"sqlite:///{quote(self.name)}"
        login = quote(self.user, safe="")
        if self.password:
            login += ":" + quote(self.password, safe="")
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        port = f":{self.port}" if self.port else ""
        query = f"?{urlencode(self.options)}" if self.options else ""
        return f"postgresql://{login}{'@' if login else ''}{host}{port}/{quote(self.name, safe='')}{query}"

    @classmethod
    def parse(cls, url: str, *, variable: str, home: Path) -> DatabaseAddress:
        """Read ``sqlite:///relative``, ``sqlite:////absolute`` or ``postgresql://user:password@host:port/name?option=...``."""
        scheme, separator, rest = url.partition("://")
        if separator and scheme == "sqlite":
            return cls._sqlite(rest, variable=variable, home=home)
        if separator and scheme in {"postgresql", "postgres"}:
            return cls._postgresql(url, variable=variable)
        raise ImproperlyConfigured(
            f"{variable}: expected sqlite:///file or postgresql://user:password@host:5432/name, "
            f"received a URL that starts with {scheme[:20]!r}"
        )

    @classmethod
    def _sqlite(cls, rest: str, *, variable: str, home: Path) -> DatabaseAddress:
        name = unquote(rest.removeprefix("/"))
        if not rest.startswith("/") or not name or name == ":memory:" or "?" in rest:
            raise ImproperlyConfigured(
                f"{variable}: expected sqlite:///titan.db (in TITAN_HOME) or sqlite:////absolute/titan.db, "
                f"received sqlite://{rest}"
            )
        return cls(scheme="sqlite", name=str((home / name).resolve()))

    @classmethod
    def _postgresql(cls, url: str, *, variable: str) -> DatabaseAddress:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise ImproperlyConfigured(f"{variable}: expected a port from 1 to 65535 ({error})") from None
        name = unquote(parts.path.removeprefix("/"))
        options = tuple(sorted(parse_qsl(parts.query)))
        if not name or "/" in name:
            raise ImproperlyConfigured(f"{variable}: expected one database name after the host, received {name!r}")
        unknown = sorted({key for key, _ in options} - POSTGRESQL_OPTIONS)
        if unknown:
            raise ImproperlyConfigured(
                f"{variable}: unknown options {', '.join(unknown)}; allowed are {', '.join(sorted(POSTGRESQL_OPTIONS))}"
            )
        return cls(
            scheme="postgresql",
            name=name,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=_host(parts.netloc),
            port=port,
            options=options,
        )


def _host(netloc: str) -> str:
    """The host as it was written; the folder of a socket is percent-encoded (``%2Frun%2Fpostgresql``)."""
    place = netloc.rpartition("@")[2]
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return unquote(place.partition(":")[0])


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Everything that TITAN takes from its environment, checked."""

    home: Path
    reports: Path
    database: DatabaseAddress
    market: DatabaseAddress
    celery_broker_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    secret_is_local: bool
    debug: bool
    allowed_hosts: tuple[str, ...]
    production: bool

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Environment:
        """Read and check the variables (by default those of this process); raises ImproperlyConfigured.

        Makes TITAN_HOME and, outside production and without DJANGO_SECRET_KEY, a secret in it.
        """
        given = dict(os.environ) if variables is None else dict(variables)
        home = Path(given.get("TITAN_HOME") or REPOSITORY / "var").expanduser().resolve()
        own_home = bool(given.get("TITAN_HOME"))
        reports = Path(
            given.get("TITAN_REPORTS") or (home / "reports" if own_home else REPOSITORY / "reports" / "output")
        )
        production = _flag(given, "TITAN_PRODUCTION")
        debug = _flag(given, "DJANGO_DEBUG")
        hosts = tuple(host.strip() for host in given.get("DJANGO_ALLOWED_HOSTS", "").split(",") if host.strip())
        secret = given.get("DJANGO_SECRET_KEY", "")
        if production:
            _refuse_unsafe_production(secret=secret, debug=debug, hosts=hosts)
        _make_home(home)
        address = given.get("DATABASE_URL") or "sqlite:///titan.db"
        return cls(
            home=home,
            reports=reports.expanduser().resolve(),
            database=DatabaseAddress.parse(address, variable="DATABASE_URL", home=home),
            market=DatabaseAddress.parse(
                given.get("MARKET_DATA_URL") or address, variable="MARKET_DATA_URL", home=home
            ),
            celery_broker_url=given.get("CELERY_BROKER_URL", "").strip(),
            secret_key=secret or _local_secret(home / "secret.key"),
            secret_is_local=not secret,
            debug=debug,
            allowed_hosts=hosts or LOCAL_HOSTS,
            production=production,
        )


def _flag(variables: Mapping[str, str], name: str) -> bool:
    value = variables.get(name, "").strip().lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}: expected 1 or 0, received {value!r}")
    return value in TRUE


def _refuse_unsafe_production(*, secret: str, debug: bool, hosts: tuple[str, ...]) -> None:
    if len(secret) < SHORTEST_SECRET:
        raise ImproperlyConfigured(
            f"TITAN_PRODUCTION needs DJANGO_SECRET_KEY with at least {SHORTEST_SECRET} characters, "
            f"received {len(secret)}; make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    if debug:
        raise ImproperlyConfigured("TITAN_PRODUCTION and DJANGO_DEBUG exclude each other; unset one of them")
    if not hosts or "*" in hosts:
        raise ImproperlyConfigured(
            "TITAN_PRODUCTION needs DJANGO_ALLOWED_HOSTS with the names that this site answers to, and no '*'"
        )


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"TITAN_HOME: expected a folder that can be written, received {home} ({error.strerror})"
        ) from error


def _local_secret(path: Path) -> str:
    """The secret of a private installation: made once, for its owner only, safe against two first starts."""
    try:
        if not path.exists():
            fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(50))
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        secret = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"cannot keep a secret in {path} ({error.strerror}); set DJANGO_SECRET_KEY"
        ) from error
    if len(secret) < SHORTEST_SECRET:
        raise ImproperlyConfigured(
            f"{path}: expected at least {SHORTEST_SECRET} characters; delete it to get a new one"
        )
    return secret
