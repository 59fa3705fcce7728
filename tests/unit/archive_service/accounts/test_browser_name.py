"""What a browser says of itself, in the words that people know."""

import pytest

from archive_service.accounts.browser_name import browser_name

SAYS = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) {}"
WINDOWS, PHONE = "Windows NT 10.0; Win64; x64", "Linux; Android 14; SM-A546E"
IPHONE = "iPhone; CPU iPhone OS 17_5 like Mac OS X"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (SAYS.format(WINDOWS, "Chrome/141.0.0.0 Safari/537.36"), "Chrome 141, Windows"),
        (SAYS.format(WINDOWS, "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.1"), "Edge 141, Windows"),
        (
            SAYS.format(WINDOWS, "coc_coc_browser/132.0.2 Chrome/126.0.0.0 Safari/537.36"),
            "Cốc Cốc 132, Windows",
        ),
        (SAYS.format(PHONE, "Chrome/141.0.0.0 Mobile Safari/537.36"), "Chrome 141, Android"),
        (SAYS.format(IPHONE, "Version/17.5 Mobile/15E148 Safari/604.1"), "Safari 17, iOS"),
        (SAYS.format(IPHONE, "CriOS/141.0 Mobile/15E148 Safari/604.1"), "Chrome 141, iOS"),
        (
            SAYS.format("Macintosh; Intel Mac OS X 10_15_7", "Version/17.4 Safari/605.1.15"),
            "Safari 17, macOS",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
         "Firefox 140, Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 400, "x" * 60),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_people_call_it(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
