"""The wire protocol: frames, their texts and their HTML. Pure functions, no I/O."""
