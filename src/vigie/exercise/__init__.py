"""Practice data with known truth, for training, the demo and benchmarks; everyone in it is fictitious."""

from vigie.exercise.exercise import CAMPAIGNS, START_MS, Exercise, generate
from vigie.exercise.plan import KIND_NAMES, CampaignPlan
from vigie.exercise.rows import SCHEMA

__all__ = ["CAMPAIGNS", "KIND_NAMES", "SCHEMA", "START_MS", "CampaignPlan", "Exercise", "generate"]
