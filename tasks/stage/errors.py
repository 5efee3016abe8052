"""Errors that the user can fix."""


class InputError(ValueError):
    """Something given from outside is wrong; the message names it and says what to do."""
