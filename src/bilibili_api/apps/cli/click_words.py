"""What click says by itself, as far as a person may come to read it: for the catalogues, which know it too.

`language.use` points click at them. A sentence that a newer click words otherwise stays English. What click
glues together is said by `usage` instead.
"""

from __future__ import annotations

from typing import Final

ALONE: Final = (
    "Aborted!",
    "Commands",
    "Do you want to continue?",
    "Error: invalid input",
    "Error: {message}",
    "Invalid value for {param_hint}: {message}",
    "Invalid value: {message}",
    "Missing command.",
    "Option {name!r} does not take a value.",
    "Options",
    "Repeat for confirmation",
    "Show this message and exit.",
    "Try '{command} {option}' for help.",
    "Usage:",
    "default: {default}",
    "directory",
    "env var: {var}",
    "file",
    "path",
    "required",
    "unknown error",
    "{name} {filename!r} does not exist.",
    "{name} {filename!r} is a directory.",
    "{name} {filename!r} is a file.",
    "{name} {filename!r} is not readable.",
    "{value!r} is not a valid boolean. Recognized values: {states}",
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    "Could not open file {filename!r}: {message}",
)
COUNTED: Final = (
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)
