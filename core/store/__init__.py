"""Everything in Postgres, one file a noun. No SQL stands anywhere else."""
