"""Every write of the app: one verb, one transaction, its entry in the ledger."""

from vigie_node.incidents.actions.attributing import judge_attribution, propose_attribution
from vigie_node.incidents.actions.briefing import take_briefing
from vigie_node.incidents.actions.claims import Said, bear, claim, exhibit, withdraw_exhibit
from vigie_node.incidents.actions.explaining import explain, hand_in, take_back, weigh
from vigie_node.incidents.actions.incidents import (
    close_incident,
    open_incident,
    reopen_incident,
    stand_behind,
)
from vigie_node.incidents.actions.judging import (
    answer_gate,
    read_breakout,
    see_technique,
    withdraw_breakout,
    withdraw_technique,
)
from vigie_node.incidents.actions.packing import take_package
from vigie_node.incidents.actions.working import (
    comment,
    finish_task,
    join_alert,
    part_alert,
    relate,
    set_task,
)
from vigie_node.incidents.actions.writing import write_passage

__all__ = [
    "Said",
    "answer_gate",
    "bear",
    "claim",
    "close_incident",
    "comment",
    "exhibit",
    "explain",
    "finish_task",
    "hand_in",
    "join_alert",
    "judge_attribution",
    "open_incident",
    "part_alert",
    "propose_attribution",
    "read_breakout",
    "relate",
    "reopen_incident",
    "see_technique",
    "set_task",
    "stand_behind",
    "take_back",
    "take_briefing",
    "take_package",
    "weigh",
    "withdraw_breakout",
    "withdraw_exhibit",
    "withdraw_technique",
    "write_passage",
]
