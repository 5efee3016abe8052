"""Inspecting a store: what is in it, whether it is intact, what can be deleted."""
