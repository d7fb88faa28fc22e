"""The Jupyter kernel ``titan``: where it is, how it starts, whether it is right."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

__all__ = ["install_kernelspec", "kernelspec_problems"]

_NAME = "titan"


def _spec() -> dict[str, object]:
    root = Path(__file__).resolve().parent.parent
    return {
        "argv": [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--ext=services.kernel",
            "--HistoryManager.enabled=False",
        ],
        "display_name": "TITAN (Django)",
        "language": "python",
        "interrupt_mode": "signal",
        "env": {
            "DJANGO_SETTINGS_MODULE": "django_site.settings",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
            "PYTHONPATH": str(root),
        },
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
    }


def install_kernelspec() -> str:
    """Write the kernelspec into this environment unless it is there already; returns its folder."""
    from jupyter_client.kernelspec import KernelSpecManager

    if not kernelspec_problems():
        return str(KernelSpecManager().get_kernel_spec(_NAME).resource_dir)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "kernel.json").write_text(json.dumps(_spec(), indent=1), encoding="utf-8")
        return str(KernelSpecManager().install_kernel_spec(folder, _NAME, prefix=sys.prefix))


def kernelspec_problems() -> list[str]:
    """What is wrong with the installed kernel, one line each; empty when nothing is."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        folder = Path(KernelSpecManager().get_kernel_spec(_NAME).resource_dir)
    except NoSuchKernel:
        return ["the Jupyter kernel 'titan' is not installed: run `titan init`"]
    found = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    wrong = sorted(key for key, value in _spec().items() if found.get(key) != value)
    return [f"the Jupyter kernel 'titan' in {folder} differs in {', '.join(wrong)}: run `titan init`"] if wrong else []
