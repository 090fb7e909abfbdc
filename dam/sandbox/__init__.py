"""Decodes files that nobody has vetted in processes that may fail.

Every file is looked at once, in a process of its own with limits on computing time, memory, file
size and open files, without the environment of its parent. A file that costs too much, or makes the
decoder crash, costs that process, an answer, and nothing else. The limits are no wall against code:
the process runs as the same user, so a decoder that is taken over can do what that user can.
"""

from dam.sandbox._slots import (
    Examined,
    Limits,
    SandboxError,
    TooCostly,
    TooManyPixels,
    examine,
)

__all__ = ["Examined", "Limits", "SandboxError", "TooCostly", "TooManyPixels", "examine"]
