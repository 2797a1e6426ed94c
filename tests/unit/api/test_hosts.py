"""Where the key may go. Every row of these tables is a decision."""

import pytest
from unit.api.fakes import answer, world

from reconciler.api.hosts import base_url, index_url, project_of
from reconciler.errors import ExitCode, GuardError
from reconciler.model.request import Request

PINECONE = "https://api.pinecone.io"
LOCAL = "http://127.0.0.1:5080"

TRUSTED = {
    "docs-ab12.svc.aped-1.pinecone.io": "https://docs-ab12.svc.aped-1.pinecone.io",
    "https://docs-ab12.svc.aped-1.pinecone.io": "https://docs-ab12.svc.aped-1.pinecone.io",
    "https://docs.svc.pinecone.io/": "https://docs.svc.pinecone.io",
    "https://docs.svc.pinecone.io///": "https://docs.svc.pinecone.io",
    "https://docs.svc.pinecone.io:443": "https://docs.svc.pinecone.io",
    "https://docs.svc.pinecone.io:": "https://docs.svc.pinecone.io",
    "DOCS.svc.PineCone.IO": "https://docs.svc.pinecone.io",
    "HTTPS://docs.svc.pinecone.io": "https://docs.svc.pinecone.io",
    "docs.svc.pinecone.io/some/path": "https://docs.svc.pinecone.io/some/path",
    "xn--bcher-kva.svc.pinecone.io": "https://xn--bcher-kva.svc.pinecone.io",
    "api.pinecone.io": "https://api.pinecone.io",
}

REFUSED = [
    "evil.com",
    "https://evil.com",
    "api.pinecone.io.evil.com",
    "https://api.pinecone.io.evil.com/",
    "evilpinecone.io",
    "pinecone.io",
    ".pinecone.io",
    "a..pinecone.io",
    "pinecone.io.",
    "docs.svc.pinecone.io.",
    "https://docs.svc.pinecone.io./",
    "http://docs.svc.pinecone.io",
    "http://api.pinecone.io:443",
    "ftp://docs.svc.pinecone.io",
    "file:///etc/passwd",
    "javascript://docs.svc.pinecone.io",
    "://docs.svc.pinecone.io",
    "//docs.svc.pinecone.io",
    "https:docs.svc.pinecone.io",
    "https:///docs.svc.pinecone.io",
    "https://docs.svc.pinecone.io:80",
    "https://docs.svc.pinecone.io:8443",
    "https://docs.svc.pinecone.io:0",
    "https://docs.svc.pinecone.io:99999",
    "https://docs.svc.pinecone.io:-1",
    "https://docs.svc.pinecone.io:4x",
    "https://docs.svc.pinecone.io:\uff14\uff14\uff13",
    "https://key@docs.svc.pinecone.io",
    "https://docs.svc.pinecone.io@evil.com",
    "https://docs.svc.pinecone.io:443@evil.com",
    "https://evil.com#.pinecone.io",
    "https://evil.com#docs.svc.pinecone.io",
    "https://evil.com?.pinecone.io",
    "https://evil.com?host=docs.svc.pinecone.io",
    "https://evil.com/.pinecone.io",
    "https://evil.com/docs.svc.pinecone.io",
    "https://evil.com\\.pinecone.io",
    "https://evil.com\\@docs.svc.pinecone.io",
    "https://evil.com%2f.pinecone.io",
    "https://evil.com%00.pinecone.io",
    "https://evil.com;.pinecone.io",
    "https://evil.com,docs.svc.pinecone.io",
    "https://evil_.pinecone.io",
    "https://*.pinecone.io",
    "https://docs.svc.pinecone.io/%2e%2e",
    "https://docs.svc.pinecone.io/a b",
    "https://docs.svc.pinecone.io/a;b",
    "https://docs.svc.pinecone.io/?a=b",
    "https://xn--pincone-hya.io",
    "https://api.xn--pincone-hya.io",
    "https://api.pinec\u043ene.io",
    "https://api.pinecone\u3002io",
    "https://api.pinecone.\uff49o",
    "https://\u2100.pinecone.io",
    "https://api.pinecone.io\u200b",
    "https://1.2.3.4",
    "1.2.3.4",
    "http://10.0.0.1",
    "https://169.254.169.254",
    "https://[2001:db8::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::1%25eth0]",
    "https://[::1",
    "https://[docs].pinecone.io",
    "https://0.0.0.0",
    "https://2130706433",
    "https://0x7f000001",
    "https://127.1",
    "https://127.0.0.1.evil.com",
    "https://localhost.evil.com",
    "https://foo.localhost",
    "",
    " ",
    "https://",
    " https://docs.svc.pinecone.io",
    "https://docs.svc.pinecone.io\n",
    "https://docs.svc.pinecone.io\r\nHost: evil.com",
    "https://evil.com\t.pinecone.io",
    "https://docs.svc\x00.pinecone.io",
    f"https://{'a' * 64}.pinecone.io",
    f"https://{'a.' * 200}pinecone.io",
]

LOOPBACK = {
    "127.0.0.1:5080/ix/docs": "https://127.0.0.1:5080/ix/docs",
    "http://127.0.0.1:5080/ix/docs-p1": "http://127.0.0.1:5080/ix/docs-p1",
    "http://127.8.9.1": "http://127.8.9.1",
    "http://localhost:80/": "http://localhost",
    "http://LOCALHOST:5080": "http://localhost:5080",
    "https://localhost:443": "https://localhost",
    "http://[::1]:5080": "http://[::1]:5080",
}


@pytest.mark.parametrize(("host", "url"), list(TRUSTED.items()))
def test_hosts_of_pinecone_are_trusted_in_one_spelling(host: str, url: str) -> None:
    assert index_url(host, PINECONE, ()) == url
    assert base_url(host, ()) == url
    assert base_url(url, ()) == url


@pytest.mark.parametrize("host", REFUSED)
@pytest.mark.parametrize("base", [PINECONE, LOCAL])
def test_any_other_host_is_refused(host: str, base: str) -> None:
    with pytest.raises(GuardError) as caught:
        index_url(host, base, ())
    assert caught.value.diagnostics[0].reference == "host-refused"
    assert caught.value.exit_code is ExitCode.REFUSED
    with pytest.raises(GuardError):
        base_url(host, ())


@pytest.mark.parametrize("host", REFUSED)
def test_the_key_never_leaves_for_a_refused_host(host: str) -> None:
    described = world(answer(200, {"name": "docs", "host": host}))
    learned = world(answer(200, {"id": "1"}))
    learned.api.learn([("docs", host or " ")])
    ask = Request("describeBulkImport", "GET", "/bulk/imports/1", index="docs")
    for place in (described, learned):
        with pytest.raises(Exception, match=r"host") as caught:
            place.run(place.api.send(ask))
        assert caught.value.diagnostics  # type: ignore[attr-defined]
    assert described.urls == [f"{PINECONE}/indexes/docs"]
    assert learned.urls == []


@pytest.mark.parametrize(("host", "url"), list(LOOPBACK.items()))
def test_this_machine_is_trusted_only_when_we_were_sent_there(host: str, url: str) -> None:
    assert index_url(host, LOCAL, ()) == url
    assert base_url(host, ()) == url
    with pytest.raises(GuardError):
        index_url(host, PINECONE, ())


def test_a_local_base_may_name_hosts_of_pinecone() -> None:
    assert index_url("docs.svc.pinecone.io", LOCAL, ()) == "https://docs.svc.pinecone.io"


@pytest.mark.parametrize(
    ("url", "allowed", "trusted"),
    [
        ("https://gateway.corp", "gateway.corp", True),
        ("https://GATEWAY.corp", "Gateway.Corp", True),
        ("https://gateway.corp:8443/pinecone", "gateway.corp", True),
        ("https://gateway.corp:8443", "gateway.corp:8443", True),
        ("https://gateway.corp", "gateway.corp:443", True),
        ("https://gateway.corp:8444", "gateway.corp:8443", False),
        ("https://api.pinecone.io:8443", "api.pinecone.io:8443", True),
        ("https://10.1.2.3", "10.1.2.3", True),
        ("http://gateway.corp", "gateway.corp", False),
        ("https://other.gateway.corp", "gateway.corp", False),
        ("https://gateway.corp.evil.com", "gateway.corp", False),
        ("https://gateway.corp", "*", False),
        ("https://user@gateway.corp", "user@gateway.corp", False),
    ],
)
def test_the_operator_may_trust_another_host_over_tls(
    url: str, allowed: str, *, trusted: bool
) -> None:
    if trusted:
        assert base_url(url, (allowed,)) == url.lower()
        assert index_url(url, PINECONE, (allowed,)) == url.lower()
        return
    with pytest.raises(GuardError):
        base_url(url, (allowed,))


def test_a_refusal_says_what_and_what_to_do() -> None:
    with pytest.raises(GuardError) as plain:
        base_url("http://api.pinecone.io", ())
    assert (
        plain.value.diagnostics[0].summary == "the API key is not sent to 'http://api.pinecone.io'"
    )
    assert "https only" in plain.value.diagnostics[0].hint
    with pytest.raises(GuardError) as foreign:
        index_url("evil.com", PINECONE, ())
    assert "names 'evil.com' as an index host" in foreign.value.diagnostics[0].summary
    assert "--allow-host" in foreign.value.diagnostics[0].hint
    with pytest.raises(GuardError) as odd:
        base_url("https://api.pinecone.io?key=1", ())
    assert "https://HOST" in odd.value.diagnostics[0].hint


def test_a_refusal_shows_nothing_that_moves_a_terminal_nor_a_novel() -> None:
    with pytest.raises(GuardError) as caught:
        index_url("evil\x1b[31m\u202e" + "x" * 10_000, PINECONE, ())
    summary = caught.value.diagnostics[0].summary
    assert summary.isprintable()
    assert len(summary) < 400


@pytest.mark.parametrize(
    ("host", "project"),
    [
        ("docs-prod-ab12cd.svc.aped-4627-b74a.pinecone.io", "ab12cd"),
        ("https://docs-ab12cd.svc.aped-4627-b74a.pinecone.io/", "ab12cd"),
        ("http://127.0.0.1:5080/ix/docs-p1", "p1"),
        ("docs.svc.aped-1.pinecone.io", None),
        ("docs-.svc.aped-1.pinecone.io", None),
        ("docs-ab12.example.com", None),
        ("", None),
    ],
)
def test_a_project_is_read_from_the_hosts_of_its_indexes(host: str, project: str | None) -> None:
    assert project_of(host) == project


@pytest.mark.parametrize(
    "written",
    [
        "https://user:CANARY@api.example.com",
        "https://CANARY@api.example.com",
        "user:CANARY@api.example.com",
        "https://user:CAN@CANARY@api.example.com",
        "https://user:pw/CANARY@api.example.com",
        "https:user:CANARY@api.example.com",
        "//user:CANARY@api.example.com",
        "https://api.example.com/?api_key=CANARY",
        "https://api.example.com/#CANARY",
        "https://user:CANARY@[::1",
        "https://user:CANARY\n@api.example.com",
    ],
)
def test_what_may_be_secret_in_a_url_is_not_printed(written: str) -> None:
    with pytest.raises(GuardError) as caught:
        base_url(written, ())
    said = str(caught.value.diagnostics) + str(caught.value)
    assert "CANARY" not in said
    assert "..." in said
