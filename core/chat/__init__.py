"""What happens in a chat, and in which order. One file for each use."""
