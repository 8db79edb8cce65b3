"""What all parts of the packer share."""

ADDON = "bank_bridge"
# The major that the source is written for, and those that can be had. 20 is made from what is known of it so far.
NATIVE = 19
MAJORS = (17, 18, 19, 20)
PROVISIONAL = (20,)


class Unknown(Exception):
    """Something that no rule covers: nothing is guessed, nothing is packed."""

    def __init__(self, path, line, what, hint=""):
        super().__init__(f"{path}{f':{line}' if line else ''}: {what}")
        self.hint = hint
