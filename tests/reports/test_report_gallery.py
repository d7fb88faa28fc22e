from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.gallery import GalleryEntry, write_gallery
from titan_research.errors import InvalidInput

EVIL = "\"><img src=x onerror=alert(1)><script>alert(1)</script>'"


def entry(**changes: Any) -> GalleryEntry:
    values: dict[str, Any] = {
        "file": "pair-ko-pep.html", "title": "KO / PEP", "kind": "pair", "subject": "KO PEP",
        "period": "1990 to 2022", "date": "2024-01-02", "headline": {"Sharpe ratio": "0.41"},
    }  # fmt: skip
    return GalleryEntry(**{**values, **changes})


def test_every_report_gets_a_card_in_the_order_given(tmp_path: Path, read_tags: Any) -> None:
    path = write_gallery(tmp_path, [entry(), entry(file="regime-spx.html", title="SPX", kind="regime", stale=True)])
    page = path.read_text()

    links = [attrs["href"] for tag, attrs in read_tags(page).tags if tag == "a"]
    assert links == ["pair-ko-pep.html", "regime-spx.html"]
    assert page.count('class="stale"') == 1
    assert "<dt>Sharpe ratio</dt><dd>0.41</dd>" in page
    assert [item.name for item in tmp_path.iterdir()] == ["index.html"]


def test_the_words_of_a_card_are_data(tmp_path: Path, read_tags: Any) -> None:
    hostile = entry(title=EVIL, kind=EVIL, subject=EVIL, period=EVIL, date=EVIL, headline={EVIL: EVIL})
    tags = read_tags(write_gallery(tmp_path, [hostile], title=EVIL).read_text())

    assert "img" not in {tag for tag, _ in tags.tags}
    assert len(tags.scripts) == 1
    assert not [name for _, name, _ in tags.attributes if name.startswith("on")]


@pytest.mark.parametrize(
    "file", ["../x.html", "javascript:alert(1)", "https://evil.example/x.html", "sub/x.html", "/x.html"]
)
def test_a_card_leads_to_a_report_in_the_folder_only(tmp_path: Path, file: str) -> None:
    with pytest.raises(InvalidInput):
        write_gallery(tmp_path, [entry(file=file)])
    assert not (tmp_path / "index.html").exists()


def test_an_empty_gallery_says_what_to_do(tmp_path: Path) -> None:
    assert "titan report" in write_gallery(tmp_path / "new", []).read_text()


def test_the_same_entries_give_the_same_bytes(tmp_path: Path) -> None:
    first = write_gallery(tmp_path / "a", [entry()]).read_bytes()

    assert write_gallery(tmp_path / "b", [entry()]).read_bytes() == first
