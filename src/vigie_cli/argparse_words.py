"""The sentences of Python's argparse, so that they have their place in our catalogues.

argparse looks them up by gettext at run time; see `main`.
"""

from __future__ import annotations

from vigie.terms.languages import say

SENTENCES = (
    say("usage: "),
    say("positional arguments"),
    say("options"),
    say("show this help message and exit"),
    say("%(prog)s: error: %(message)s\n"),
    say("the following arguments are required: %s"),
    say("unrecognized arguments: %s"),
    say("expected one argument"),
    say("expected at least one argument"),
    say("invalid choice: %(value)r (choose from %(choices)s)"),
    say("argument %(argument_name)s: %(message)s"),
    say("invalid %(type)s value: %(value)r"),
    say("not allowed with argument %s"),
    say("ambiguous option: %(option)s could match %(matches)s"),
    say("ignored explicit argument %r"),
)
