"""The web process never computes: the pages of sources import nothing scientific."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.any_database  # asks it nothing
HEAVY = ("numpy", "pyarrow", "scipy", "numba", "networkit", "altair")
LOOK = """
import sys
import django
django.setup()
import vigie_node.sources.console.batches
import vigie_node.sources.console.declarations
import vigie_node.sources.console.intakes
import vigie_node.sources.bodies
import vigie_node.sources.tasks
print(sorted(set(sys.argv[1:]) & set(sys.modules)))
"""


def test_pages_and_the_list_of_work_import_nothing_scientific(session_kit, fresh_home):
    environment = session_kit.Node(fresh_home).environment() | {
        "DJANGO_SETTINGS_MODULE": "vigie_node.settings"
    }
    told = subprocess.run(
        [sys.executable, "-c", LOOK, *HEAVY], check=True, env=environment, capture_output=True, text=True
    )
    assert told.stdout.strip() == "[]"
