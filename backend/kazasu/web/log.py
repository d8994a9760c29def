"""What the server's log may hold, at any level: our own lines, and of libraries only what went wrong.

At DEBUG the database drivers and HTTP libraries print statements with their values, that is, patients; the font library
lists at INFO the glyphs of what is printed.
"""

import logging

_LIBRARIES = (
    *("aiosqlite", "alembic", "asyncio", "fontTools", "fpdf", "httpcore", "httpx", "PIL", "psycopg", "sqlalchemy"),
    *("matplotlib", "uvicorn"),
)


def set_up_log(level: str) -> None:
    """Lines to standard error; `level` is a name of Python's and holds for our own lines alone."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    silence_libraries()


def silence_libraries() -> None:
    """Their warnings and errors stay; what they say of each call goes."""
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
