"""What a person can put right: shown as one sentence, without a traceback."""


class UserError(Exception):
    """The message names the file, field or setting, and what to do."""
