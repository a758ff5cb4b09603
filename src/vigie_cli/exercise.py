"""`vigie exercise`: practice data with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vigie_cli import exits
from vigie_cli.telling import stage
from vigie_cli.values import whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.exercise import Exercise
    from vigie.terms.languages import Words

POSTS, TRUTH, CAMPAIGNS = "posts.parquet", "truth.parquet", "campaigns.parquet"
FILES = (POSTS, TRUTH, CAMPAIGNS)


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command and its sub-commands."""
    about = words("make practice data with known truth")
    own = commands.add_parser("exercise", help=about, description=about, allow_abbrev=False)
    verbs = own.add_subparsers(title=words("commands"), metavar=words("COMMAND"), required=True)
    about = words("make a fictitious election conversation in French and English with planted campaigns")
    generate = verbs.add_parser(
        "generate",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds posts.parquet, and apart the truth: truth.parquet and campaigns.parquet."
        ),
    )
    generate.add_argument("--seed", type=whole_number, default=1, help=words("of all chance (default: 1)"))
    generate.add_argument(
        "--posts", type=whole_number, default=100_000, help=words("how many (default: 100000)")
    )
    generate.add_argument(
        "--days", type=whole_number, default=14, help=words("how long it lasts (default: 14)")
    )
    generate.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=words("folder for the results")
    )
    generate.add_argument("--quiet", action="store_true", help=words("tell only errors"))
    generate.set_defaults(run=run_generate)


def run_generate(chosen: argparse.Namespace, words: Words) -> int:
    """Make an exercise and say where it is."""
    made = write_exercise(
        chosen.out, words, seed=chosen.seed, posts=chosen.posts, days=chosen.days, quiet=chosen.quiet
    )
    if not chosen.quiet:
        accounts = made.truth.num_rows
        print(
            words(
                "{posts} posts of {accounts} accounts, {campaigns} planted campaigns: {folder}",
                posts=chosen.posts,
                accounts=accounts,
                campaigns=made.campaigns.num_rows,
                folder=chosen.out,
            )
        )
    return exits.DONE


def write_exercise(out: Path, words: Words, *, seed: int, posts: int, days: int, quiet: bool) -> Exercise:
    """Write an exercise to the folder `out`, whole or not at all, and return it."""
    from vigie.exercise import SCHEMA, generate
    from vigie.store import whole_folder, write_batches, write_table

    with stage(words("Inventing a conversation"), words, quiet=quiet):
        made = generate(seed=seed, posts=posts, days=days)
    with whole_folder(out, names=FILES, mark=TRUTH) as folder:
        with stage(words("Writing posts"), words, quiet=quiet) as progress:
            write_batches(
                made.batches(), folder / POSTS, schema=SCHEMA, told=lambda rows: progress(rows, posts)
            )
        write_table(made.truth, folder / TRUTH)
        write_table(made.campaigns, folder / CAMPAIGNS)
    return made
