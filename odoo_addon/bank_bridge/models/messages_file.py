from .messages import Entry  # noqa
FILE_TABLE = {}
