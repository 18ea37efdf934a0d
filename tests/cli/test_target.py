from __future__ import annotations

import unicodedata
from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poros_tui.cli.target import Target, parse_target
from poros_tui.errors import UsageError


def refusal(typed: str) -> str:
    with pytest.raises(UsageError) as refused:
        parse_target(typed)
    return str(refused.value)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("example.com", "example.com"),
        ("example.com.", "example.com."),
        ("EXAMPLE.com", "EXAMPLE.com"),
        ("  example.com\t\n", "example.com"),
        ("localhost", "localhost"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("a-b.c--d.example", "a-b.c--d.example"),
        ("3com.com", "3com.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_name_is_taken_as_it_is(typed: str, host: str) -> None:
    target = parse_target(typed)
    assert (target.host, target.address, target.notes) == (host, None, ())
    assert target.text == typed.strip()


@pytest.mark.parametrize("word", ["demo", "report", "update-ix"])
def test_a_host_with_the_name_of_a_subcommand_is_looked_up_without_the_dot(word: str) -> None:
    """So that /etc/hosts and search domains have it: for the resolver a dot ends a whole name."""
    target = parse_target(f"{word}.")
    assert (target.text, target.host, target.notes) == (f"{word}.", word, ())
    assert parse_target(f"{word}.example.").host == f"{word}.example."


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.Example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("\uff45\uff58ample.com", "example.com"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("почта.рф", "xn--80a1acny.xn--p1ai"),
    ],
)
def test_an_international_name_becomes_what_the_dns_has(typed: str, host: str) -> None:
    target = parse_target(typed)
    assert (target.host, target.address) == (host, None)
    assert target.text == unicodedata.normalize("NFC", typed)


@pytest.mark.parametrize(
    "typed",
    ["192.0.2.1", "127.0.0.1", "0.0.0.1", "2001:db8::1", "::1", "2001:DB8::A", "fd00::1"],
)
def test_an_address_needs_no_resolver(typed: str) -> None:
    target = parse_target(typed)
    assert target.address == ip_address(typed)
    assert (target.text, target.zone, target.notes) == (typed, "", ())


@pytest.mark.parametrize("zone", ["eth0", "2", "wlp3s0.100", "br-1234"])
def test_a_link_local_address_has_a_zone(zone: str) -> None:
    target = parse_target(f"fe80::1%{zone}")
    assert (target.host, target.zone) == ("fe80::1", zone)
    assert target.address == ip_address("fe80::1")
    assert target.text == f"fe80::1%{zone}"


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("https://example.com", "example.com"),
        ("https://example.com/", "example.com"),
        ("HTTPS://Example.com/Path?query=a:b#part", "example.com"),
        ("http://user:pass@example.com:8080/", "example.com"),
        ("http://user@[2001:db8::1]:8080/x", "2001:db8::1"),
        ("ssh://git@192.0.2.7:22/repo.git", "192.0.2.7"),
        ("//example.com/x", "example.com"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http://0x7f.1/", "127.0.0.1"),
    ],
)
def test_a_pasted_url_is_understood_and_said_so(typed: str, host: str) -> None:
    target = parse_target(typed)
    assert target.host == host
    assert target.notes[0] == f"tracing {target.text}, the host of the URL"
    assert "pass" not in target.text


def test_a_zone_in_a_url_is_unescaped() -> None:
    target = parse_target("http://[fe80::1%25eth0]:80/")
    assert (target.host, target.zone, target.text) == ("fe80::1", "eth0", "fe80::1%eth0")


@pytest.mark.parametrize(
    ("typed", "host", "note"),
    [
        ("example.com:443", "example.com", "tracing example.com: port 443 is not used"),
        ("192.0.2.1:53", "192.0.2.1", "tracing 192.0.2.1: port 53 is not used"),
        ("[2001:db8::1]:53", "2001:db8::1", "tracing 2001:db8::1: port 53 is not used"),
        ("example.com:443/x", "example.com", "tracing example.com: port 443 is not used"),
        ("example.com/x/y", "example.com", "tracing example.com, without the /x/y after it"),
        ("example.com?x=1", "example.com", "tracing example.com, without the ?x=1 after it"),
        ("example.com/", "example.com", "tracing example.com, without the / after it"),
        (
            "root@example.com",
            "example.com",
            "tracing example.com, without the user name before it",
        ),
        ("192.0.2.0/24", "192.0.2.0", "tracing 192.0.2.0, without the /24 after it"),
        ("fe80::1%eth0/64", "fe80::1", "tracing fe80::1%eth0, without the /64 after it"),
    ],
)
def test_what_is_left_out_is_said(typed: str, host: str, note: str) -> None:
    target = parse_target(typed)
    assert target.host == host
    assert target.notes == (note,)


def test_brackets_alone_need_no_note() -> None:
    target = parse_target("[2001:db8::1]")
    assert (target.host, target.notes) == ("2001:db8::1", ())


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("010.0.0.1", "8.0.0.1"),
        ("192.0.513", "192.0.2.1"),
        ("\uff11\uff19\uff12.0.2.1", "192.0.2.1"),
    ],
)
def test_a_short_form_of_an_address_is_spelt_out(typed: str, address: str) -> None:
    target = parse_target(typed)
    assert target.address == ip_address(address)
    assert target.notes == (f"tracing {address}, which {target.text} stands for",)


@pytest.mark.parametrize(
    "typed", ["256.1.1.1", "1.2.3.4.5", "1.2.3.999", "09", "1.2.3.4.", "host.0x1", "4294967296"]
)
def test_numbers_that_are_no_address_are_not_looked_up(typed: str) -> None:
    assert refusal(typed) == f"{typed!r} is no IPv4 address; it has four numbers from 0 to 255"


@pytest.mark.parametrize("typed", ["::ffff:10.0.0.1", "::FFFF:a00:1", "[::ffff:10.0.0.1]:80"])
def test_a_mapped_address_is_traced_as_ipv4(typed: str) -> None:
    target = parse_target(typed)
    assert target.address == ip_address("10.0.0.1")
    assert target.host == "10.0.0.1"
    assert target.notes[-1] == f"tracing 10.0.0.1, the IPv4 address inside {target.text}"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "the target is empty; give a host name or an address"),
        (" \t", "the target is empty; give a host name or an address"),
        ("\u200b\u202e", "the target is empty; give a host name or an address"),
        ("/path", "the target is empty; give a host name or an address"),
        ("http://", "no host in 'http://'; give a host name, an address or a whole URL"),
        ("http://[::1", "no host in 'http://[::1'; give a host name, an address or a whole URL"),
        ("224.0.0.1", "224.0.0.1 is the address of many hosts; "),
        ("ff02::1%eth0", "ff02::1 is the address of many hosts; "),
        ("::ffff:224.0.0.1", "224.0.0.1 is the address of many hosts; "),
        ("255.255.255.255", "255.255.255.255 is the address of many hosts; "),
        ("0.0.0.0", "0.0.0.0 is no host's address; "),
        ("0", "0.0.0.0 is no host's address; "),
        ("::", ":: is no host's address; "),
        ("fe80::1", "fe80::1 is link-local and exists on every interface; "),
        ("fe80::1%", "fe80::1 is link-local and exists on every interface; "),
        ("192.0.2.1%eth0", "192.0.2.1 takes no zone, "),
        ("2001:db8::1%eth0", "2001:db8::1 takes no zone, "),
        ("fe80::1%a b", "'a b' can't be the name of an interface; "),
        ("fe80::1%interface-longer", "'interface-longer' can't be the name of an interface; "),
        ("example.com%eth0", "'example.com%eth0' can't be the name of a host; "),
        (".", "'.' can't be the name of a host; "),
        ("...", "'...' can't be the name of a host; "),
        ("a..b", "'a..b' can't be the name of a host; "),
        (".example.com", "'.example.com' can't be the name of a host; "),
        ("example.com..", "'example.com..' can't be the name of a host; "),
        ("-x", "'-x' can't be the name of a host; "),
        ("--help", "'--help' can't be the name of a host; "),
        ("user@", "'user@' can't be the name of a host; "),
        ("two words", "'two words' can't be the name of a host; "),
        ("example.com:port", "'example.com:port' can't be the name of a host; "),
        ("[example.com]:80", "'[example.com]:80' can't be the name of a host; "),
        ("2001:db8::g", "'2001:db8::g' can't be the name of a host; "),
        ("☃.example", "'☃.example' can't be the name of a host; "),
        ("exa\x1b[31mmple.com", "'exa[31mmple.com' can't be the name of a host; "),
        ("exa\x00mple.com", "'example.com' can't be the name of a host; "),
        ("exa\nmple.com", "'exa mple.com' can't be the name of a host; "),
        ("moc\u202eelpmaxe", "'mocelpmaxe' can't be the name of a host; "),
        ("\udcff.example", "'.example' can't be the name of a host; "),
    ],
)
def test_what_cannot_be_one_host_is_refused_with_a_reason(typed: str, sentence: str) -> None:
    assert refusal(typed).startswith(sentence)


def test_a_name_that_is_too_long_is_refused_with_the_length_allowed() -> None:
    longest = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert parse_target(longest).host == longest
    assert parse_target(f"{longest}.").host == f"{longest}."
    assert "a name has at most 253 characters" in refusal(f"{longest}b")
    assert "at most 63 characters fit there" in refusal("a" * 64 + ".example")
    assert refusal("ü" * 5000) == "the target has 5000 characters; a name has at most 253"


def shown_texts(target: Target) -> list[str]:
    return [target.text, target.host, target.zone, *target.notes]


PIECES = ["://", "//", "[", "]", "%", "%25", "@", ":", "::", "/", ".", "ffff:", "0x", "1", "\x1b["]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=8).map("".join))
@example("http://\u2100/")
@example("http://[fe80::1%25\x1b]/")
@example("\ud800")
@example("%" * 300)
@example("http://[v1.x]/")
def test_any_text_is_a_target_or_refused_and_shows_nothing_but_printable_characters(
    typed: str,
) -> None:
    try:
        texts = shown_texts(parse_target(typed))
    except UsageError as refused:
        texts = [refused.sentence, refused.advice]
    for text in texts:
        assert all(unicodedata.category(letter)[0] != "C" for letter in text), text
        assert len(text) < 400


@given(st.text(alphabet=st.characters(codec="ascii"), min_size=1, max_size=300))
def test_what_goes_to_the_resolver_is_a_plain_ascii_name(typed: str) -> None:
    try:
        target = parse_target(typed)
    except UsageError:
        return
    if target.address is None:
        assert set(target.host) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
        )
        assert len(target.host) <= 254
        assert not target.host.startswith("-")
