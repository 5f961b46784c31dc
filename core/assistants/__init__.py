"""The assistants: the echo, OpenAI, and OpenAI's profiles (`*.md`)."""
