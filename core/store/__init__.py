"""Everything in Postgres, one file for each noun. No other code holds SQL."""
