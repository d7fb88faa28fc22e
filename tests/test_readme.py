"""The README says what the code does: its commands parse, its files exist, its snippets run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import load_command_class

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL = "\n".join(re.findall(r"```bash\n(.*?)```", README, flags=re.S))
COMMANDS = [
    line.split("#")[0].strip() for line in SHELL.splitlines() if re.match(r"(CELERY_BROKER_URL=\S+ )?titan \w", line)
]
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.S)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_is_accepted_by_its_parser(line: str) -> None:
    words = shlex.split(line.partition("titan ")[2])
    parser = load_command_class("django_site.trading", words[0]).create_parser("titan", words[0])
    parser.parse_args(words[1:])


def test_the_readme_shows_every_door() -> None:
    assert len(COMMANDS) >= 6
    assert len(PYTHON) == 3


@pytest.mark.parametrize("target", re.findall(r"make (\w+)", README))
def test_a_make_target_of_the_readme_is_documented_in_the_makefile(target: str) -> None:
    assert re.search(rf"^{target}:.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)|\| `([\w/]+/)` \|", README))
def test_a_file_that_the_readme_names_is_there(path: tuple[str, str]) -> None:
    assert (ROOT / (path[0] or path[1])).exists()


@pytest.mark.django_db(transaction=True)
def test_the_script_snippet_runs(sample_prices: tuple[str, ...]) -> None:
    snippet = next(block for block in PYTHON if "BacktestService" in block)
    exec(compile(snippet, "README.md", "exec"), {"__name__": "example"})


def test_the_snippet_without_django_runs() -> None:
    from titan_research.sources.sample import sample_bars

    bars = sample_bars()
    prices = bars[bars["symbol"].isin(["KO", "PEP", "PG"])].pivot(index="time", columns="symbol", values="close")
    snippet = next(block for block in PYTHON if "Panel.from_frame" in block)
    exec(compile(snippet, "README.md", "exec"), {"__name__": "example", "prices": prices.tail(1_500)})
