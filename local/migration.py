"""The start's migration: by the role that owns the tables, where the settings name one."""

from core.app import App
from core.store import address, database, migrate


async def bring_up_to_date(app: App) -> None:
    """Raises `Misconfigured`."""
    read = app.settings
    if read.database_owner_url is None or read.dsn is None:
        await migrate.migrate(app.pool)
        return
    pool = await database.open_pool(
        read.database_owner_url, 1, read.database_proxy, read.database_ca
    )
    try:
        await database.check(pool)
        await migrate.migrate(pool, address.read(read.dsn).user)
    finally:
        await database.close_pool(pool)
