"""URLs: which are taken, what is made of them, and which are refused."""

import pytest

from uptime.checks._place import Place, place_of, redirected


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://site.test", "http://site.test/"),
        ("HTTP://Site.TEST:80/A", "http://site.test/A"),
        ("https://site.test:443?a=b", "https://site.test/?a=b"),
        ("https://site.test:8443/", "https://site.test:8443/"),
        ("http://site.test./", "http://site.test/"),
        ("http://under_score.site.test/", "http://under_score.site.test/"),
        ("http://site.test/a b", "http://site.test/a%20b"),
        ("http://site.test/grün?wörd=ü#frag", "http://site.test/gr%C3%BCn?w%C3%B6rd=%C3%BC"),
        ("http://site.test/a%20b%2Fc/../d", "http://site.test/a%20b%2Fc/../d"),
        ("http://site.test/#only", "http://site.test/"),
        ('http://site.test/"<>{}', "http://site.test/%22%3C%3E%7B%7D"),
        ("http://bücher.test/", "http://xn--bcher-kva.test/"),
        ("http://BÜCHER。test/", "http://xn--bcher-kva.test/"),
        ("http://faß.test/", "http://xn--fa-hia.test/"),
        ("http://xn--bcher-kva.test/", "http://xn--bcher-kva.test/"),
        ("http://0x7f.1:8080/", "http://127.0.0.1:8080/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
        ("http://user:word@site.test/", "http://site.test/"),
        (f"http://{'a' * 63}.test/", f"http://{'a' * 63}.test/"),
        ("  http://site.test/  ", "http://site.test/"),
    ],
)
def test_a_url_is_taken_and_sent_in_one_spelling(url: str, sent: str) -> None:
    assert place_of(url).url == sent


@pytest.mark.parametrize(
    "url",
    [
        "",
        "site.test",
        "//site.test/",
        "ftp://site.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http:site.test",
        "http://",
        "http:///path",
        "http://:80/",
        "http://user@/",
        "http://site.test:0/",
        "http://site.test:65536/",
        "http://site.test:-1/",
        "http://site.test:+80/",
        "http://site.test:８0/",
        "http://site.test:port/",
        "http://si te.test/",
        "http://us er@site.test/",
        "http://site.test\\@other.test/",
        "http://site.test/a\x00b",
        "http://site.test/a\nb",
        "http://site.test/a\x7fb",
        "http://site.te\tst/",
        "http://site.test/\ud800",
        f"http://{'a' * 64}.test/",
        f"http://{'a.' * 130}test/",
        "http://a..test/",
        "http://.test/",
        "http://-a.test/",
        "http://si<te.test/",
        "http://si%74e.test/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[::g]/",
        "http://[fe80::1%25eth0]/",
        "http://a℀b.test/",
        f"http://site.test/{'a' * 8_192}",
        f"http://site.test/{'ü' * 4_096}",
    ],
)
def test_a_url_that_leads_nowhere_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        place_of(url)
    assert str(refused.value).endswith(".")


def test_a_url_of_8_kib_is_taken() -> None:
    assert place_of("http://site.test/".ljust(8_192, "a")).host == "site.test"


@pytest.mark.parametrize(
    ("url", "user", "password"),
    [
        ("http://site.test/", None, ""),
        ("http://user@site.test/", "user", ""),
        ("http://user:word@site.test/", "user", "word"),
        ("http://us%40er:w%3Ard@site.test/", "us@er", "w:rd"),
        ("http://user:a@b@site.test/", "user", "a@b"),
        ("http://:word@site.test/", "", "word"),
    ],
)
def test_credentials_are_taken_from_the_url(url: str, user: str | None, password: str) -> None:
    place = place_of(url)
    assert (place.host, place.user, place.password) == ("site.test", user, password)


def test_a_redirect_is_relative_to_where_it_came_from() -> None:
    here = Place("https", "site.test", 8443, "/a/b?c")
    assert redirected(here, "d").url == "https://site.test:8443/a/d"
    assert redirected(here, "//other.test/").url == "https://other.test/"
    assert redirected(here, "?e").url == "https://site.test:8443/a/b?e"
    assert redirected(here, "").url == "https://site.test:8443/a/b?c"
    assert redirected(here, "http://b\xc3\xbccher.test/").host == "xn--bcher-kva.test"
