"""Errors that are the user's to mend."""


class InputError(ValueError):
    """Something given from outside is wrong; the message names it and says what to do."""
