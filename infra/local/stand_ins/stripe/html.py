"""What both pages share: how they look, money in words, and answers to a browser."""

from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from infra.local.stand_ins.framework import Reply

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£"}
_WITHOUT_CENTS = frozenset({"jpy", "krw", "vnd", "clp", "xaf", "xof"})
_LOOK = Path(__file__).with_name("look.css")


def page(title: str, content: str, *, status: int = HTTPStatus.OK, wide: bool = False) -> Reply:
    """A whole page. It needs no script and may run none."""
    document = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{_LOOK.read_text()}</style>
</head>
<body{' class="wide"' if wide else ""}>
{content}
</body>
</html>
"""
    headers = (
        ("cache-control", "no-store"),
        ("content-security-policy", _POLICY),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
    )
    return Reply(status, document.encode(), "text/html; charset=utf-8", headers)


def see(address: str) -> Reply:
    """Go there, with GET."""
    where = quote(address, safe="%/:?#[]@!$&'()*+,;=~-._")
    return Reply(HTTPStatus.SEE_OTHER, headers=(("location", where), ("cache-control", "no-store")))


def money(amount: int, currency: str) -> str:
    number = f"{amount:,}" if currency in _WITHOUT_CENTS else f"{amount / 100:,.2f}"
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{number} {currency.upper()}"
