"""The story of the chat, one file a use. Who decides what happens, and in which order, is here."""
