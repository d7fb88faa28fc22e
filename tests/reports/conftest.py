from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARAMETERS = """\
symbol: str = "KO"  # which series
window: int = 20  # bars
fraction: float = 0.5  # of capital
flag: bool = True  # on or off
names: list[str] = ["KO", "PEP"]  # symbols
levels: list = [1, 2.5]  # anything scalar
"""


class Tags(HTMLParser):
    """Every start tag with its attributes, and the text of the scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag == "script":
            self.scripts.append((values, ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data

    @property
    def attributes(self) -> list[tuple[str, str, str]]:
        return [(tag, name, value) for tag, attrs in self.tags for name, value in attrs.items()]


@pytest.fixture(scope="session")
def read_tags() -> type[Tags]:
    return Tags


@pytest.fixture(scope="session")
def make_template(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def make(*cells: str, parameters: str = PARAMETERS, name: str = "sample") -> Path:
        """A notebook: a parameters cell and the given ones; one that starts with # or ## is Markdown."""
        first = new_code_cell(parameters, metadata={"tags": ["parameters"]})
        rest = [new_markdown_cell(text) if text.startswith(("# ", "## ")) else new_code_cell(text) for text in cells]
        metadata = {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
        path = tmp_path_factory.mktemp("template") / f"{name}.ipynb"
        nbformat.write(new_notebook(cells=[first, *rest], metadata=metadata), path)
        return path

    return make


@pytest.fixture(scope="session")
def template(make_template: Callable[..., Path]) -> Path:
    return make_template("symbol")
