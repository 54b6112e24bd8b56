"""What can be wrong with the machine that the local servers should run on."""

from services.common.errors import UserError


class LocalServerError(UserError):
    """A local server cannot be fetched or started; the message says what to change."""
