"""Looking after a store: what is in it, whether it is sound, what may go."""
