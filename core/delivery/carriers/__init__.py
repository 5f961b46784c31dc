"""The ways out: each carries a notice to one place outside, and knows nothing of the store."""
