"""Alembic's migrations. A revision that was released is never changed; it imports nothing of the server."""
