"""A letter as HTML that mail clients understand: tables, inline styles, no remote content, light and dark.

Clients that know `prefers-color-scheme` (Apple Mail, Outlook on phones, Thunderbird) get the "safelight" theme in the
dark; the others show "paper", whose colours survive their own inversion. The web app has the same two themes.
"""

from html import escape
from typing import Final, NamedTuple

from notifications.templates.letter import Block, Button, Facts, Files, Letter, Note, Text


class Theme(NamedTuple):
    """Colours by what they are for. A unit test holds every pair of text and ground to AA."""

    ground: str
    sheet: str
    line: str
    ink: str
    quiet: str
    accent: str
    on_accent: str


# Those of the web app (web/src/lib/design/tokens.css).
PAPER: Final = Theme("#f1eae0", "#fffdfa", "#e5dccf", "#211b16", "#665b50", "#a83814", "#fffaf5")
SAFELIGHT: Final = Theme("#14100e", "#1d1815", "#352b26", "#f0e6dc", "#b3a497", "#ff8f66", "#230d04")

_FONT: Final = "font-family:'Inter','Segoe UI',-apple-system,'Helvetica Neue',Arial,sans-serif"
_STYLES: Final = f"""
:root {{ color-scheme: light dark; supported-color-schemes: light dark; }}
a {{ color: {PAPER.accent}; }}
@media (max-width: 600px) {{ .sheet {{ padding: 28px 22px !important; }} .edge {{ padding: 0 !important; }} }}
@media (prefers-color-scheme: dark) {{
  .ground {{ background-color: {SAFELIGHT.ground} !important; }}
  .sheet {{ background-color: {SAFELIGHT.sheet} !important; border-color: {SAFELIGHT.line} !important; }}
  .rule {{ border-color: {SAFELIGHT.line} !important; }}
  .ink {{ color: {SAFELIGHT.ink} !important; }}
  .quiet {{ color: {SAFELIGHT.quiet} !important; }}
  .accent {{ color: {SAFELIGHT.accent} !important; }}
  .lamp {{ background-color: {SAFELIGHT.accent} !important; }}
  .button {{ background-color: {SAFELIGHT.accent} !important; }}
  .label {{ color: {SAFELIGHT.on_accent} !important; }}
}}"""


def render(letter: Letter, footer: str) -> str:
    body = "\n".join(_block(block) for block in letter.blocks)
    # The padding after the preview keeps a client from showing the body's first words behind it.
    preview = escape(letter.preview) + "&#847;&zwnj;&nbsp;" * 40
    return f"""<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{escape(letter.subject)}</title>
<style>{_STYLES}</style>
</head>
<body class="ground" style="margin:0;padding:0;background-color:{PAPER.ground}">
<div style="display:none;max-height:0;overflow:hidden;opacity:0">{preview}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0"
 bgcolor="{PAPER.ground}" style="background-color:{PAPER.ground}">
<tr><td class="edge" align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
<tr><td class="sheet" bgcolor="{PAPER.sheet}" style="background-color:{PAPER.sheet};border:1px solid {PAPER.line};\
padding:40px 44px;text-align:left">
{_wordmark()}
{body}
<p class="quiet rule" style="{_style(13, 20, PAPER.quiet)};margin:36px 0 0;padding-top:20px;\
border-top:1px solid {PAPER.line}">{escape(footer)}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
"""


def _wordmark() -> str:
    return f"""<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 32px"><tr>
<td style="padding-right:10px"><div class="lamp" style="width:10px;height:10px;border-radius:5px;\
background-color:{PAPER.accent};font-size:0;line-height:0">&nbsp;</div></td>
<td class="ink" style="{_style(15, 20, PAPER.ink)};font-weight:600;letter-spacing:.01em">Darkroom</td>
</tr></table>"""


def _block(block: Block) -> str:
    match block:
        case Text(words):
            return f'<p class="ink" style="{_style(16, 26, PAPER.ink)};margin:0 0 18px">{escape(words)}</p>'
        case Note(words):
            return f'<p class="quiet" style="{_style(14, 22, PAPER.quiet)};margin:0 0 14px">{escape(words)}</p>'
        case Button(label, url):
            return _button(label, url)
        case Facts(rows):
            return _table("".join(_fact(name, value) for name, value in rows))
        case Files(links):
            return _table("".join(f"<tr>{_link_cell(name, url)}</tr>" for name, url in links))


def _button(label: str, url: str) -> str:
    address = escape(url, quote=True)
    return f"""<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:26px 0 18px"><tr>
<td class="button" bgcolor="{PAPER.accent}" style="background-color:{PAPER.accent};border-radius:6px;\
mso-padding-alt:13px 24px">
<a class="label" href="{address}" style="{_style(16, 20, PAPER.on_accent)};font-weight:600;display:inline-block;\
padding:13px 24px;text-decoration:none">{escape(label)}</a></td>
</tr></table>
<p class="quiet" style="{_style(13, 20, PAPER.quiet)};margin:0 0 26px;word-break:break-all">\
Or open this address: <a class="accent" href="{address}" style="color:{PAPER.accent}">{escape(url)}</a></p>"""


def _table(rows: str) -> str:
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
        f' style="margin:6px 0 24px">{rows}</table>'
    )


def _fact(name: str, value: str) -> str:
    line = f"padding:9px 0;border-bottom:1px solid {PAPER.line}"
    return (
        f'<tr><td class="quiet rule" style="{_style(14, 20, PAPER.quiet)};{line}">{escape(name)}</td>'
        f'<td class="ink rule" align="right" style="{_style(14, 20, PAPER.ink)};{line};'
        f'font-variant-numeric:tabular-nums">{escape(value)}</td></tr>'
    )


def _link_cell(name: str, url: str) -> str:
    return (
        f'<td class="rule" style="{_style(15, 20, PAPER.ink)};padding:10px 0;border-bottom:1px solid {PAPER.line}">'
        f'<a class="accent" href="{escape(url, quote=True)}" style="color:{PAPER.accent}">{escape(name)}</a></td>'
    )


def _style(size: int, height: int, colour: str) -> str:
    return f"{_FONT};font-size:{size}px;line-height:{height}px;color:{colour}"
