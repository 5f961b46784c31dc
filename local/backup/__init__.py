"""`python -m local backup` and `restore`, and the move to Postgres's next major version.

It runs Postgres's own programs on any database. It knows what lies in the data folder, and nothing
of the chat.
"""
