"""Where the key may go: hosts of Pinecone over https, or this machine when we were sent there.

Hosts come from the API's own answers; an answer, or a YAML file, must not be able to send the key
anywhere else.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from reconciler.errors import GuardError

_DOMAIN = ".pinecone.io"
_HINT = "--allow-host HOST permits another host, if you trust it with the API key"


def base_url(written: str, allow_hosts: Sequence[str]) -> str:
    """Check and tidy the operator's base URL; raises GuardError."""
    url = written if "://" in written else f"https://{written}"
    parts = _split(url)
    if not (_is_loopback(parts) or _is_trusted(parts, allow_hosts)):
        raise GuardError.of("host-refused", f"{url} is not a Pinecone host", _HINT)
    return url.rstrip("/")


def index_url(host: str, base: str, allow_hosts: Sequence[str]) -> str:
    """Turn the host of an index, as the API gave it, into a base URL; raises GuardError."""
    url = host if "://" in host else f"https://{host}"
    parts = _split(url)
    local = _is_loopback(parts) and _is_loopback(_split(base))
    if not (local or _is_trusted(parts, allow_hosts)):
        raise GuardError.of(
            "host-refused", f"the API names {host!r} as an index host, which is not trusted", _HINT
        )
    return url.rstrip("/")


def project_of(host: str) -> str | None:
    """Read the part of an index host that all indexes of a project share; None if there is none.

    Hosts look like `NAME-PROJECT.svc.ENVIRONMENT.pinecone.io`.
    """
    path = host.rstrip("/").rpartition("/")[2] if "://" in host else host
    first, _, rest = path.partition(".")
    _, dash, project = first.rpartition("-")
    in_shape = rest.startswith("svc.") or not rest
    return project if dash and project.isalnum() and in_shape else None


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.port is None or parts.port > 0
    except ValueError as error:
        raise GuardError.of("host-refused", f"{url!r} is not a URL", _HINT) from error
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \\@#?")
    if not (usable and plain and parts.hostname):
        raise GuardError.of("host-refused", f"{url!r} is not a plain host", _HINT)
    return parts


def _is_loopback(parts: SplitResult) -> bool:
    name = parts.hostname or ""
    if name == "localhost":
        return parts.scheme in {"http", "https"}
    try:
        return ip_address(name).is_loopback and parts.scheme in {"http", "https"}
    except ValueError:
        return False


def _is_trusted(parts: SplitResult, allow_hosts: Sequence[str]) -> bool:
    name = (parts.hostname or "").lower()
    if parts.scheme != "https":
        return False
    if name in {allowed.lower() for allowed in allow_hosts}:
        return True
    return name.endswith(_DOMAIN) and parts.port in {None, 443}
