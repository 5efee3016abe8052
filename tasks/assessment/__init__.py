"""The scores of samplers: decoded images compared with real ones."""
