"""`vigie doctor`: look at the node, and say what is not as it should be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vigie.terms.languages import say
from vigie_cli import exits

if TYPE_CHECKING:
    import argparse

    from vigie.terms.languages import Words
    from vigie_node.doctor import Looked

STATES = {"ok": say("well"), "warning": say("warning"), "problem": say("problem")}


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("look at the node, and say what is not as it should be and what to do")
    own = commands.add_parser(
        "doctor",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words("Exit status 0: no problem, perhaps warnings; 6: a problem."),
    )
    own.add_argument("--json", action="store_true", help=words("print what was found for machines"))
    own.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Print each check and what it found."""
    from vigie_cli.node import set_up

    set_up(ask_database=False)  # that it does not answer is a finding
    from vigie_node.doctor import look

    looked = list(look())
    if chosen.json:
        print(json.dumps([_plain(one, words) for one in looked], ensure_ascii=False, indent=2, default=str))
    else:
        for one in looked:
            _say(one, words)
    return exits.UNSOUND if any(one.state == "problem" for one in looked) else exits.DONE


def _say(looked: Looked, words: Words) -> None:
    print(words("{title}: {state}", title=looked.title, state=STATES[looked.state]))
    for finding in looked.findings:
        print(f"  - {words(finding.sentence, **finding.facts)} {words(finding.remedy, **finding.facts)}")


def _plain(looked: Looked, words: Words) -> dict[str, object]:
    found = [
        {
            "state": finding.state,
            "what": words(finding.sentence, **finding.facts),
            "remedy": words(finding.remedy, **finding.facts),
        }
        for finding in looked.findings
    ]
    return {"check": words(looked.title), "state": looked.state, "findings": found}
