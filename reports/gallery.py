"""An index of rendered reports: one file that works from a folder, with search and a filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from reports.files import check_output, publish, workspace
from reports.policy import asset, content_policy
from titan_research.errors import InvalidInput

__all__ = ["GalleryEntry", "write_gallery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryEntry:
    """One card. ``file`` is a report in the gallery's folder; ``date`` and the numbers are shown as given."""

    file: str
    title: str
    kind: str
    subject: str
    period: str
    date: str
    headline: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False


def write_gallery(directory: Path | str, entries: Iterable[GalleryEntry], *, title: str = "TITAN reports") -> Path:
    """Write ``index.html`` into the directory by atomic rename; return its path. Entries keep their order."""
    folder = Path(directory).absolute()
    items = list(entries)
    for entry in items:
        if check_output(folder / entry.file).parent != folder:
            raise InvalidInput(f"gallery: expected a report inside {folder.name}/, received {entry.file[-80:]!r}")
    with workspace(folder) as draft:
        publish(folder / "index.html", _page(items, title).encode(), by_way_of=draft)
    return folder / "index.html"


def _page(entries: list[GalleryEntry], title: str) -> str:
    kinds = sorted({entry.kind for entry in entries})
    options = "".join(f'<option value="{escape(kind)}">{escape(_words(kind))}</option>' for kind in kinds)
    cards = (
        "\n".join(map(_card, entries))
        or '<li class="none">No report has been rendered yet: run <code>titan report</code>.</li>'
    )
    script = asset("gallery.js")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(content_policy(script))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>{asset("base.css")}{asset("gallery.css")}</style>
</head>
<body>
<header class="page-head">
<p class="page-brand">TITAN</p>
<h1>{escape(title)}</h1>
<div class="tools" role="search">
<input id="search" type="search" placeholder="Search symbol, title, period" aria-label="Search reports">
<select id="kind" aria-label="Kind of report"><option value="">All kinds</option>{options}</select>
<output id="count" for="search kind"></output>
</div>
</header>
<main><ul class="cards">
{cards}
</ul></main>
<script>{script}</script>
</body>
</html>
"""


def _card(entry: GalleryEntry) -> str:
    numbers = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in entry.headline.items()
    )
    stale = ' <span class="stale" title="Its inputs changed after it was rendered">stale</span>' if entry.stale else ""
    return (
        f'<li class="card" data-kind="{escape(entry.kind)}">'
        f'<p class="kind">{escape(_words(entry.kind))}{stale}</p>'
        f'<h2><a href="{escape(entry.file)}">{escape(entry.title)}</a></h2>'
        f"<p>{escape(entry.subject)}</p><p>{escape(entry.period)} · rendered {escape(entry.date)}</p>"
        + (f"<dl>{numbers}</dl>" if numbers else "")
        + "</li>"
    )


def _words(kind: str) -> str:
    return kind.replace("_", " ").replace("-", " ").capitalize()
