"""Who answers by itself: the echo, OpenAI, and the profiles (`*.md`) that instruct it."""
