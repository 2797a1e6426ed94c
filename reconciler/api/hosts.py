"""Where the key may go: hosts of Pinecone over https, or this machine when we were sent there.

Hosts come from the API's own answers; an answer, or a YAML file, must not be able to send the key
anywhere else. A URL is taken apart, checked by part and put together anew, so that nothing which
another parser would read differently gets through.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import urlsplit

from reconciler.errors import GuardError

_DOMAIN = ".pinecone.io"
_ALLOW = "--allow-host HOST permits another host, if you trust it with the API key"
_PLAIN = "write it as https://HOST, without user, query, fragment or a dot at the end"
_SAFE = "the key is sent over https only; http is for a server on this machine"
_LABELS = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_PATH = re.compile(r"[A-Za-z0-9._~/-]*")
_PORTS = {"https": 443, "http": 80}
_LONGEST = 255
_SECRET_USER = re.compile(r"\A((?:[A-Za-z][A-Za-z0-9+.-]*:/*)?//|).*@", re.DOTALL)
_SECRET_TAIL = re.compile(r"([?#]).+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Url:
    """A checked URL in its one spelling: lower case, no default port, no slash at the end."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def base_url(written: str, allow_hosts: Sequence[str]) -> str:
    """Check and tidy the operator's base URL; raises GuardError."""
    url = _parse(written, "the API URL")
    if not (_is_loopback(url) or _is_trusted(url, allow_hosts)):
        raise _refused(f"the API key is not sent to {_shown(written)}", url)
    return str(url)


def index_url(host: str, base: str, allow_hosts: Sequence[str]) -> str:
    """Turn the host of an index, as the API gave it, into a base URL; raises GuardError."""
    url = _parse(host, "the API's index host")
    local = _is_loopback(url) and _is_loopback(_parse(base, "the API URL"))
    if not (local or _is_trusted(url, allow_hosts)):
        said = f"the API names {_shown(host)} as an index host, and the API key is not sent there"
        raise _refused(said, url)
    return str(url)


def project_of(host: str) -> str | None:
    """Read the part of an index host that all indexes of a project share; None if there is none.

    Hosts look like `NAME-PROJECT.svc.ENVIRONMENT.pinecone.io`.
    """
    path = host.rstrip("/").rpartition("/")[2] if "://" in host else host
    first, _, rest = path.partition(".")
    _, dash, project = first.rpartition("-")
    in_shape = rest.startswith("svc.") or not rest
    return project if dash and project.isalnum() and in_shape else None


def _parse(written: str, what: str) -> _Url:
    """Take a URL or a bare host apart; only what is plain and spelled in one way gets through.

    Upper case is the same host and put in lower case; a dot at the end is refused, since
    certificates and state would take it for another host.
    """
    url = written if "://" in written else f"https://{written}"
    refused = GuardError.of("host-refused", f"{what} {_shown(written)} is not a plain URL", _PLAIN)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise refused from error
    named = _LABELS.fullmatch(host) is not None and len(host) <= _LONGEST
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \\@#?%")
    tidy = parts.scheme in _PORTS and _PATH.fullmatch(parts.path) is not None and port != 0
    if not (plain and tidy and (named or host == "::1")):
        raise refused
    return _Url(parts.scheme, host, port or _PORTS[parts.scheme], parts.path.rstrip("/"))


def _is_loopback(url: _Url) -> bool:
    if url.host in {"localhost", "::1"}:
        return True
    try:
        return IPv4Address(url.host).is_loopback
    except AddressValueError:
        return False


def _is_trusted(url: _Url, allow_hosts: Sequence[str]) -> bool:
    if url.scheme != "https":
        return False
    if {url.host, f"{url.host}:{url.port}"} & {allowed.lower() for allowed in allow_hosts}:
        return True
    return url.host.endswith(_DOMAIN) and url.port == _PORTS["https"]


def _refused(summary: str, url: _Url) -> GuardError:
    return GuardError.of("host-refused", summary, _SAFE if url.scheme == "http" else _ALLOW)


def _shown(written: str) -> str:
    """Quote a URL without what may be secret in it: user and password, query and fragment."""
    found = _SECRET_TAIL.sub(r"\1...", _SECRET_USER.sub(r"\1...@", written))
    return repr(found if len(found) <= _LONGEST else f"{found[:_LONGEST]}...")
