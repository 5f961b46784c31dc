"""The wire protocol: frames, their texts and their HTML. Pure functions; nothing here waits."""
