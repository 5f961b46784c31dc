"""`python -m local managers`: manages the team, in any database, also in that of AWS.

DATABASE_URL=… python -m local managers add "Anna Berg" --role admin
python -m local managers list
python -m local managers link anna-berg-1f2e        another link; their sign-ins end
python -m local managers remove anna-berg-1f2e
python -m local managers token anna-berg-1f2e "Reports"
python -m local managers tokens
python -m local managers revoke 5b1c2f3e-…
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from uuid import UUID

from core import log, settings
from core.app import App
from core.chat.access import NewManager
from core.errors import ChatError
from core.model import ApiToken
from core.settings import Settings
from core.store import database
from local import nodes
from local.migration import bring_up_to_date
from local.postgres import embedded
from local.queues import MemoryQueue

ONCE = "This link works once, and for 24 hours:"
NO_TOKENS = "There are no API tokens."


def link(base: str, token: str) -> str:
    """A manager's sign-in link. Its token comes after `#`: a browser does not send that part."""
    return f"{base.rstrip('/')}/manager#token={token}"


def base(read: Settings) -> str:
    """The address for links, as far as the settings tell it."""
    return read.public_url or f"http://localhost:{read.app_ports or read.port}"


def first_link(base: str, first: NewManager) -> str:
    """What the first start says, once."""
    return f"  Sign in as the first manager. {ONCE}\n    {link(base, first.link)}\n"


def main(words: Sequence[str]) -> None:
    """Run the words that follow `managers` on the command line."""
    args = _arguments(words)
    try:
        read = settings.read()
        log.configure("WARNING")
        print(asyncio.run(_run(read, args)))
    except ChatError as error:
        sys.exit(f"switchboard: {error.message}")


async def _run(read: Settings, args: argparse.Namespace) -> str:
    async with AsyncExitStack() as stack:
        if read.dsn is None:
            address = await stack.enter_async_context(embedded(read.data_dir))
            read = read.model_copy(update={"database_url": address})
        app = await App.open(read, queue=MemoryQueue())
        stack.push_async_callback(app.close)
        await database.check(app.pool)
        await bring_up_to_date(app)
        # A removed manager's sockets are closed by their nodes.
        await nodes.key(app)
        return await _do(app, args)


async def _do(app: App, args: argparse.Namespace) -> str:
    at = base(app.settings)
    match args.command:
        case "add":
            made = await app.access.add_manager(args.name, args.role)
            return f"{made.manager.id}\n{link(at, made.link)}"
        case "link":
            return link(at, await app.access.new_link(args.id))
        case "remove":
            await app.access.remove_manager(args.id)
            return f"{args.id} is removed."
        case "token":
            return await app.api_tokens.make_for(args.id, args.name)
        case "tokens":
            found = await app.api_tokens.of()
            return "\n".join(map(_token_line, found)) or NO_TOKENS
        case "revoke":
            await app.api_tokens.revoke(args.id)
            return f"{args.id} is revoked."
        case _:
            team = await app.store.access.managers()
            return "\n".join(f"{one.id:32} {rank:6} {one.name}" for one, rank in team)


def _token_line(token: ApiToken) -> str:
    used = f"used on {token.used_on}" if token.used_on else "never used"
    return f"{token.id}  {token.manager_id:32} {used:18} {token.name}"


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local managers", description="The team.")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add a manager and print their sign-in link")
    add.add_argument("name")
    add.add_argument("--role", choices=["agent", "admin"], default="agent")
    commands.add_parser("list", help="list the team")
    again = commands.add_parser("link", help="print another link, and end the sign-ins")
    again.add_argument("id")
    remove = commands.add_parser("remove", help="remove a manager, and end all they have")
    remove.add_argument("id")
    token = commands.add_parser("token", help="make an API token for a program, and print it")
    token.add_argument("id", help="the manager's")
    token.add_argument("name", help="what uses the token")
    commands.add_parser("tokens", help="list the API tokens")
    revoke = commands.add_parser("revoke", help="end an API token")
    revoke.add_argument("id", help="the token's, from the list", type=UUID)
    return parser.parse_args(words)
