"""The console script ``titan``: Django's management commands with the ones of TITAN first."""

from __future__ import annotations

import sys

from django_site.boot import setup

__all__ = ["main"]

_GROUPS = {
    "Start": ("init", "demo", "lab", "serve", "worker"),
    "Prices": ("ingest", "health"),
    "Research": ("scan", "pair", "backtest", "walkforward", "regimes", "signals"),
    "Results": ("report", "runs", "reproduce", "audit"),
}


def main() -> None:
    """Entry point of ``titan`` and of ``python manage.py``."""
    arguments = sys.argv[1:]
    if not arguments or (arguments[0] in {"-h", "--help", "help"} and len(arguments) == 1):
        sys.stdout.write(_overview())
        return
    setup()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _overview() -> str:
    setup()
    from django.core.management import load_command_class

    lines = [
        "TITAN: a research workbench for statistical arbitrage",
        "",
        "usage: titan COMMAND [options]   (titan COMMAND --help)",
    ]
    for group, names in _GROUPS.items():
        lines += ["", group]
        for name in names:
            command = load_command_class("django_site.trading", name)
            lines.append(f"  {name:<12} {command.help.splitlines()[0]}")
    lines += ["", "Any Django command works too: titan migrate, titan createsuperuser, titan shell_plus ..."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
