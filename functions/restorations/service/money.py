"""Amounts in words."""

_WHOLE = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"}
)
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}


def shown(cents: int, currency: str) -> str:
    """`$9.00`, or `9.00 CHF` where the sign is not known. Some currencies have no smaller part."""
    amount = f"{cents:,}" if currency in _WHOLE else f"{cents // 100:,}.{cents % 100:02}"
    sign = _SIGNS.get(currency)
    return f"{sign}{amount}" if sign else f"{amount} {currency.upper()}"
