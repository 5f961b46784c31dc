"""Whether this process is up, and whether it can serve."""

from fastapi import APIRouter

from functions.routes.dependencies import CurrentApp

router = APIRouter()


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@router.get("/readyz")
async def ready(app: CurrentApp) -> dict[str, str]:
    """The process can serve: the database answers."""
    await app.store.ping()
    return {"status": "ok"}
