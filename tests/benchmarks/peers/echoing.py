"""An echo on Chainlit: `chainlit run echoing.py`. Chainlit itself stores what is said."""

import chainlit


async def echo(message: chainlit.Message) -> None:
    await chainlit.Message(content=message.content).send()


chainlit.on_message(echo)
