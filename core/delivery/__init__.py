"""Pushes to connections, and jobs to the queue."""
