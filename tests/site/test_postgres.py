"""The same tables, with the same refusals, on a real PostgreSQL that the test starts for itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = """
from django_site.boot import setup
setup()
from django.core.management import call_command
from django.db import DataError, IntegrityError, transaction
from django.db.models import Max
from django_site.trading.models import PriceBar
from tests.site.rows import DAY, one_of_each
from tests.site.test_models import BAD
call_command("migrate", verbosity=0, skip_checks=True)
accepted = []
for name, changes in BAD:
    with transaction.atomic():
        row = one_of_each()[name]
        changes = {column: row.y_id if value == "y_id" else value for column, value in changes.items()}
        try:
            with transaction.atomic():
                type(row).objects.filter(pk=row.pk).update(**changes)
            accepted.append((name, changes))
        except (IntegrityError, DataError):
            pass
        transaction.set_rollback(True)
with transaction.atomic():
    one_of_each()
    times = PriceBar.objects.filter(time=DAY).aggregate(last=Max("time"))
    transaction.set_rollback(True)
print(len(BAD), accepted, times["last"] == DAY)
"""


def run_quietly(*command: str) -> None:
    """PostgreSQL refuses to run as root, so root becomes its user."""
    user = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    subprocess.run([*user, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    import pwd

    if not (shutil.which("initdb") and shutil.which("pg_ctl")):
        pytest.skip("no PostgreSQL server binaries")
    is_root = os.geteuid() == 0
    if is_root and ("postgres" not in {user.pw_name for user in pwd.getpwall()} or not shutil.which("setpriv")):
        pytest.skip("root needs a user postgres and setpriv")
    folder = Path(tempfile.mkdtemp(prefix="titan-pg-"))
    if is_root:
        shutil.chown(folder, "postgres", "postgres")
    data = str(folder / "data")
    server = f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        run_quietly("initdb", "-D", data, "-A", "trust", "-U", "titan")
        start = ("pg_ctl", "-D", data, "-o", server, "-l", str(folder / "log"), "-w", "start")
        run_quietly(*start)
        try:
            yield f"postgresql://titan@{quote(str(folder), safe='')}/postgres"
        finally:
            run_quietly("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_refuses_the_same_rows_as_sqlite(postgres_url: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "TITAN_HOME": str(tmp_path),
        "DATABASE_URL": postgres_url,
        "MARKET_DATA_URL": "",
    }
    environment |= {"PYTHONPATH": str(REPOSITORY), "DJANGO_SETTINGS_MODULE": "django_site.settings"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    number, _, rest = done.stdout.strip().partition(" ")
    assert int(number) > 60
    assert rest == "[] True"
