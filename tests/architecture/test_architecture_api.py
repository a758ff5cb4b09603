"""The page on the API tells every operation there is, with the permission it needs, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


def operations() -> set[tuple[str, str]]:
    """Return every operation as the page writes it, with the permission that its token must allow."""
    from vigie_node.api import incidents
    from vigie_node.api import operations as others

    found = set()
    paths = {**others.router.path_operations, **incidents.router.path_operations}
    for path, view in paths.items():
        for operation in view.operations:
            (token,) = (
                operation.auth_param if isinstance(operation.auth_param, list) else [operation.auth_param]
            )
            found |= {
                (f"{method} {re.sub('{[a-z]+:', '{', path)}", token.permission)
                for method in operation.methods
            }
    return found


def told() -> list[list[str]]:
    """Return the cells of the page's tables, without quotes of code."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_operation_is_told_with_its_permission_and_nothing_else_is():
    assert {
        (row[0], row[1]) for row in told() if row[0].startswith(("GET ", "POST ", "PUT "))
    } == operations()


def test_every_status_of_an_alert_that_may_be_asked_for_is_told():
    from vigie_node.alerts.inbox import STATUSES

    (row,) = [row for row in told() if row[0] == "GET /alerts"]
    assert set(re.findall("`([a-z_]+)`", row[2])) - {"status"} == set(STATUSES)


def test_everything_is_told_in_both_languages():
    assert [row for row in told() if len(row) != 4 or not all(row)] == []
