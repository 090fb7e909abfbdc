"""Decodes files that nobody has vetted in processes that may fail.

Every file is looked at once, in a process of its own with limits on computing time, memory, file
size and open files, without the environment of its parent. Whatever a hostile file does there costs
that process, an answer, and nothing else.
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
