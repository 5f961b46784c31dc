"""Authentication: tokens, tickets, a team's own login, and addresses."""
