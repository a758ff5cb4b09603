"""Who is found, and who is wrongly found, on a generator built on other assumptions (`society`).

Nothing of a method may be chosen by these figures: parameters are the defaults. That occasions are sittings
was chosen on societies 301 and 302, and is measured on others.
"""

from __future__ import annotations

import sys

from accuracy import judged
from samples import Sample, gathered
from society import generated
from tables import show

from vigie.terms.posts import conform

SEEDS = (911, 912, 913)
PEOPLE = 10_000


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Score all methods on fresh societies; `quick` takes one small one."""
    results: dict[str, object] = {}
    for seed in SEEDS[:1] if quick else SEEDS:
        one = sample(seed=seed, people=4_000 if quick else PEOPLE)
        rows, kinds = judged(one)
        show(f"{one.name}: accounts", rows)
        show(f"{one.name}: recall by kind, and wrongly found by role", kinds)
        results[one.name] = {"scores": rows, "kinds": kinds, "seed": seed}
        sys.stdout.flush()
    return results


def sample(*, seed: int, people: int) -> Sample:
    """Return the acts of a fresh society."""
    made = generated(seed=seed, people=people)
    acts, origins = gathered(conform(made.posts))
    name = f"society of {people:,}, {made.posts.num_rows:,} posts, seed {seed}"
    return Sample(name=name, acts=acts, truth=made.truth, origins=origins)
