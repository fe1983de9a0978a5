"""Amounts in words."""

_SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}


def shown(cents: int, currency: str) -> str:
    """`$9.00`, or `9.00 CHF` where the sign is not known."""
    amount = f"{cents // 100:,}.{cents % 100:02}"
    sign = _SIGNS.get(currency)
    return f"{sign}{amount}" if sign else f"{amount} {currency.upper()}"
