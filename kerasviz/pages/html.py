"""One file that holds the front end and the answers; a browser opens it from disk."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from kerasviz.errors import KerasvizError
from kerasviz.pages.questions import LANGUAGES
from kerasviz.pages.recording import Recording

__all__ = ["page_of"]

_STATIC = Path(__file__).parent.parent / "static"
# The browser itself refuses every connection: a page that is passed on tells nobody who reads it.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="kerasviz {version}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<noscript>This page draws with JavaScript, which is off in this browser.</noscript>
<main id="page"></main>
{parts}
<script type="module">{script}</script>
</body>
</html>
"""


def page_of(recording: Recording, traits: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The page: `traits` are the state it opens with, `facts` what it says of itself."""
    program = _static("widget.js").encode()
    record = {
        "traits": traits,
        "facts": facts,
        "texts": {language: json.loads(_static(f"{language}.json")) for language in LANGUAGES},
        "asked": recording.asked,
        "answers": recording.answers,
        "sizes": [len(buffer) for buffer in recording.buffers],
    }
    parts = {
        "program": program,
        "record": json.dumps(record, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(),
        "buffers": b"".join(recording.buffers),
    }
    return _PAGE.format(
        language=traits["language"],
        policy=_POLICY,
        version=escape(str(facts["version"])),
        title=escape(str(traits["title"])),
        style=_static("widget.css") + _static("page.css"),
        parts="\n".join(
            f'<script type="text/plain" id="{name}">{_packed(data)}</script>' for name, data in parts.items()
        ),
        script=_static("page.js").replace("</", "<\\/"),
    )


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def _static(name: str) -> str:
    path = _STATIC / name
    if not path.is_file():
        raise KerasvizError(
            f"A page was to be saved. Its front end, {path}, is missing. Run `make build` in a checkout, or reinstall kerasviz."
        )
    return path.read_text(encoding="utf-8")
