"""`kazasu --help` and `kazasu device` import nothing of the server: a tablet has not got it."""

import subprocess
import sys

import pytest

SERVER = ("sqlalchemy", "litestar", "alembic", "argon2", "uvicorn", "kazasu.app", "kazasu.db")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--help"], ["device", "--help"], ["--version"]])
def test_the_servers_libraries_stay_unimported(arguments: list[str]) -> None:
    program = (
        "import sys; from kazasu.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as ended: assert not ended.code, ended.code\n"
        f"found = [name for name in {SERVER!r} if name in sys.modules]\n"
        "assert not found, found"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
def test_a_device_without_the_servers_parts_is_told_what_to_install() -> None:
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('sqlalchemy', 'litestar', 'uvicorn', 'argon2', 'alembic'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from kazasu.cli import main\n"
        "main(['serve'])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "kazasu[server]" in ran.stderr
    assert "Traceback" not in ran.stderr
