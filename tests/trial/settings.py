"""Django's settings of a process that a test starts: the same home, the test's database, the trial work."""

import os

from vigie_node.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "trial"]  # noqa: F405
DATABASES["default"]["NAME"] = os.environ["TRIAL_DATABASE"]  # noqa: F405
