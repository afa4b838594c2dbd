"""A plan of a checkpoint's day as one document: the plan, its lanes by name, and the worth of single changes.

Pure: no Django.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import Any, Final

import numpy as np

from greenlane.errors import GreenlaneError
from greenlane.planning.levers import ranked_levers
from greenlane.planning.plan import Plan, make_plan
from greenlane.planning.plan_asked import PlanAsked
from greenlane.planning.plan_report import as_document, lever_documents
from greenlane.planning.plan_wishes import wanted_of
from greenlane.planning.staffing.posts import lanes_of_post
from greenlane.registry import crossing
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import read_settings

NICENESS: Final = 10
"""The planner gives way to the processes that serve people."""


def plan_document(checkpoint: crossing.Checkpoint, direction: str, asked: PlanAsked) -> dict[str, Any]:
    """Make the plan; takes seconds to minutes.

    Returns:
        The document of `plan_report.as_document`, with ``lanes`` (`lanes_planned`), ``posts`` with the number
        of lanes and officers of each, and ``levers``.

    Raises:
        PlanError, SettingError, ModelError: as `wanted_of`.
    """
    wishes = asked.wishes
    scenario, wanted = wanted_of(checkpoint, direction, wishes)
    plan = make_plan(scenario, wanted)
    worth = (
        ranked_levers(
            checkpoint,
            direction,
            wishes.day,
            read_settings(wishes.settings),
            kinds=wanted.goal.kinds,
            lane_hour=1.0 + wishes.officer_hour,
            truck_hour=1.0,
            replications=wishes.replications,
            seed=wishes.seed,
        )
        if asked.wants_levers
        else []
    )
    return {
        **as_document(plan),
        "posts": [
            {"code": post.code, "stages": list(post.stages), "lanes": post.most, "officers": post.officers}
            for post in wanted.posts
        ],
        "lanes": lanes_planned(scenario, plan),
        "levers": lever_documents(worth),
    }


def made_apart(checkpoint: crossing.Checkpoint, direction: str, asked: PlanAsked) -> dict[str, Any]:
    """`plan_document` in a process of its own, so that the threads of the one that asks go on."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_give_way) as processes:
        document, refused = processes.submit(_made_or_refused, checkpoint, direction, asked).result()
    if refused:
        raise GreenlaneError(**refused, status=422)
    return document


def lanes_planned(scenario: Scenario, plan: Plan) -> list[dict[str, Any]]:
    """The lanes by stage and code with the spans of the day, in minutes, for which each is to be open.

    Of the lanes of a post the first as described are opened first, so that few are ever opened and closed.
    Empty where no roster keeps the standard.
    """
    if plan.roster is None:
        return []
    edges, found = plan.wanted.blocks.edges, []
    for post, row in zip(plan.wanted.posts, plan.roster.staffing, strict=True):
        for number, lane in enumerate(lanes_of_post(scenario.model, post)):
            stage, _, code = lane.code.partition("/")
            found.append({"stage": stage, "lane": code, "open": _spans(edges, row > number)})
    return found


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document, whatever the order of its keys."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _spans(edges: tuple[int, ...], works: np.ndarray) -> list[list[int]]:
    spans: list[list[int]] = []
    for (begin, end), is_open in zip(pairwise(edges), works.tolist(), strict=True):
        if is_open and spans and spans[-1][1] == begin:
            spans[-1][1] = end
        elif is_open:
            spans.append([begin, end])
    return spans


def _made_or_refused(
    checkpoint: crossing.Checkpoint, direction: str, asked: PlanAsked
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document, or the refusal: an error of ours does not come through a pipe as it was."""
    try:
        return plan_document(checkpoint, direction, asked), {}
    except GreenlaneError as refusal:
        return {}, refusal.as_dict()


def _give_way() -> None:
    os.nice(NICENESS)
