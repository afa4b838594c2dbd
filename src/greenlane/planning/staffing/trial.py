"""Which staffings keep the standard: asked of the twin, and remembered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from greenlane.planning.rehearsal import Kept, Rehearsal
from greenlane.planning.staffing.posts import DAY, Blocks, Post, Staffing, staffed
from greenlane.twin.model import Model


class Trial:
    """A rehearsal of staffings.

    In a model that is worked out stage by stage one lane more hurts no truck: a staffing below one that
    fails is not tried, nor one above another that holds.
    """

    def __init__(self, rehearsal: Rehearsal, posts: Sequence[Post], blocks: Blocks) -> None:
        self.rehearsal, self.posts, self.blocks = rehearsal, posts, blocks
        self.is_monotone = not rehearsal.scenario.needs_event_loop
        self._quantile = rehearsal.goal.quantile
        self._known: dict[bytes, Kept] = {}
        self._failing: list[Staffing] = []
        self._holding: list[Staffing] = []

    @property
    def quantile(self) -> float:
        """The share that is asked of the sample."""
        return self._quantile

    def raise_to(self, quantile: float) -> None:
        """Ask for more of the sample, since the share on fresh luck was less."""
        self._quantile = quantile
        held, self._holding = self._holding, []
        for staffing in held:
            kept = self._known.get(staffing.tobytes())
            if kept is not None:
                (self._holding if kept.share >= quantile else self._failing).append(staffing)

    @property
    def most(self) -> Staffing:
        """[posts, blocks] all lanes open."""
        return np.repeat([[post.most] for post in self.posts], len(self.blocks), axis=1).astype(np.int64)

    @property
    def least(self) -> Staffing:
        """[posts, blocks] the lanes that must be open."""
        return np.repeat([[post.least] for post in self.posts], len(self.blocks), axis=1).astype(np.int64)

    def kept(self, staffing: Staffing) -> Kept:
        """How a staffing keeps the goal on the sample."""
        key = staffing.tobytes()
        if key not in self._known:
            self._known[key] = self.rehearsal.kept(self._model(staffing))
        return self._known[key]

    def holds(self, staffing: Staffing) -> bool:
        """Whether a staffing keeps the goal on the sample."""
        if self.is_monotone and staffing.tobytes() not in self._known:
            if any((staffing <= failing).all() for failing in self._failing):
                return False
            if any((staffing >= holding).all() for holding in self._holding):
                return True
        holds = self.kept(staffing).share >= self._quantile
        (self._holding if holds else self._failing).append(staffing.copy())
        return holds

    def load(self) -> NDArray[np.float64]:
        """[posts, blocks] lanes at work on average when all are open: what the demand takes at the least."""
        self.kept(self.most)
        scenario = self.rehearsal.scenario
        days = scenario.minutes / DAY
        busy = np.zeros((len(self.posts), len(self.blocks)))
        model = self._model(self.most)
        stage_of = {stage.code: number for number, stage in enumerate(model.stages)}
        for number, post in enumerate(self.posts):
            stages = {stage_of[code] for code in post.stages}
            takes = [post.kinds is None or kind.code in post.kinds for kind in model.kinds]
            busy[number] = self.rehearsal.busy(stages, takes, np.array(self.blocks.edges, float))
        return busy / days / (self.blocks.hours * 60.0)

    def _model(self, staffing: Staffing) -> Model:
        return staffed(self.rehearsal.scenario, self.posts, self.blocks, staffing)
