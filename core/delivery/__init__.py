"""What leaves this process: pushes to connections, and jobs onto the queue."""
