"""Several studies at once: a grid of configurations, the plan of all of them, and the processes that work it off."""
