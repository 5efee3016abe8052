"""The machine that the stages run on: child processes."""
