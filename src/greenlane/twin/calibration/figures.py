"""From what was found to a crossing with these figures, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from greenlane.registry.crossing import (
    Checkpoint,
    Crossing,
    Direction,
    Provenance,
    Service,
    ServiceTime,
    Stage,
)
from greenlane.registry.crossing_service import ServiceGroup, observed_time
from greenlane.twin.calibration.arrivals import Profile
from greenlane.twin.calibration.calibration import Calibration, StageFound
from greenlane.twin.calibration.fitting import LEAST_TIMES, Fit
from greenlane.twin.calibration.groups import Group
from greenlane.twin.calibration.observations import CalibrationError
from greenlane.twin.calibration.shares import Found

LEAST_TRUCKS: Final = 100
"""A share of fewer trucks is left as it was."""
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """One figure, or a group of them, that was found.

    Attributes:
        path: of the figure in the crossing, from its direction on, such as ``stages.customs.service``.
        before, after: as a person reads them.
        evidence: what it was found from.
    """

    path: str
    before: str
    after: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A figure that stays as it was, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A crossing with the figures of one of its directions replaced."""

    crossing: Crossing
    changes: tuple[Change, ...]
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A changed part of a direction with the sources of its figures, by their paths from there on."""

    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    sources: Mapping[str, str] | None = None


def with_figures(crossing: Crossing, code: str, direction: str, found: Calibration) -> Figures:
    """The crossing with what was found of a checkpoint's direction; figures without enough data stay.

    Raises:
        CalibrationError: the crossing has no such checkpoint or direction.
    """
    checkpoint, described = described_direction(crossing, code, direction)
    parts: list[_Part] = []
    stages = []
    for stage in described.stages:
        changed, part = _stage(stage, found)
        stages.append(changed)
        parts.append(part)
    known = {stage.code for stage in described.stages}
    unknown = [code for code in found.stages if code not in known]
    parts.append(
        _Part(kept=tuple(Kept(f"stages.{code}", "the crossing has no such stage") for code in unknown))
    )
    for change in (_channel_shares, _class_shares, _arrivals, _turnout):
        described, part = change(described, found)
        parts.append(part)
    described = replace(described, stages=tuple(stages))
    place = f"checkpoints.{checkpoint.side}.directions.{direction}."
    given = {
        place + path: Provenance("source", text)
        for part in parts
        for path, text in (part.sources or {}).items()
    }
    changed_checkpoint = replace(checkpoint, directions={**checkpoint.directions, direction: described})
    both = tuple(changed_checkpoint if each is checkpoint else each for each in crossing.checkpoints)
    renewed = [path.rsplit(".", 1)[0] + "." for path in given if ".service." in path]
    old = {
        path: text
        for path, text in crossing.sources.items()
        if not any(path.startswith(_service_of(start)) for start in renewed)
    }
    return Figures(
        replace(crossing, checkpoints=(both[0], both[1]), sources={**old, **given}),
        tuple(change for part in parts for change in part.changes),
        tuple(kept for part in parts for kept in part.kept),
    )


def described_direction(crossing: Crossing, code: str, direction: str) -> tuple[Checkpoint, Direction]:
    """A checkpoint of the crossing and one of its directions.

    Raises:
        CalibrationError: there is none.
    """
    codes = [checkpoint.code for checkpoint in crossing.checkpoints]
    if code not in codes:
        raise CalibrationError(
            "checkpoint", f"{crossing.code} has no checkpoint {code!r}.", f"Use {' or '.join(codes)}."
        )
    checkpoint = crossing.checkpoint(code)
    if direction not in checkpoint.directions:
        known = " or ".join(checkpoint.directions)
        raise CalibrationError("direction", f"{code} has no direction {direction!r}.", f"Use {known}.")
    return checkpoint, checkpoint.directions[direction]


def described_time(fit: Fit) -> ServiceTime:
    """A fit as the crossing's file has it: seconds to a hundredth, the cv to four places."""
    found = fit.distribution
    if found.family == "empirical":
        return observed_time([round(minutes * 60.0, 2) for minutes in found.values])
    return ServiceTime(
        round(found.mean * 60.0, 2), round(found.cv, 4), found.family, round(found.least * 60.0, 2)
    )


def told_time(time: ServiceTime) -> str:
    """A service time for people."""
    least = f", least {time.least_s:g} s" if time.least_s else ""
    return f"{time.family} {time.mean_s:.4g} s, cv {time.cv:.2f}{least}"


def period_of(found: Calibration) -> str:
    """The local days of a calibration."""
    last = max(found.start, found.end - _INSTANT).date()
    return f"{found.start.date()} to {last}"


def _service_of(path: str) -> str:
    return path[: path.index(".service.") + len(".service.")]


def _stage(stage: Stage, found: Calibration) -> tuple[Stage, _Part]:
    path = f"stages.{stage.code}.service"
    seen = found.stages.get(stage.code)
    if seen is None or seen.whole is None:
        number = seen.times.complete if seen else 0
        why = f"{number} visits with both readings, {LEAST_TIMES} are needed"
        if stage.kind in ("entry", "exit") and not number:
            why = "the barrier is read once: readings do not tell its service time"
        return stage, _Part(kept=(Kept(path, why),))
    whole = described_time(seen.whole)
    groups = tuple(_groups(seen.groups))
    service = Service(
        whole.mean_s,
        whole.cv,
        whole.family,
        whole.least_s,
        values_s=whole.values_s,
        groups=tuple(group for group, _ in groups),
    )
    evidence = _evidence(seen.whole, seen, found)
    sources = _sources(path, whole, evidence)
    changes = [Change(path, told_time(_own(stage.service)), told_time(whole), evidence)]
    for group, fit in groups:
        text = _evidence(fit, seen, found)
        before = stage.service.time_for(group.channel or "", group.vehicle_class or "")
        changes.append(Change(f"{path}.groups.{group.code}", told_time(before), told_time(group.time), text))
        sources |= _sources(f"{path}.groups.{group.code}", group.time, text)
    return replace(stage, service=service), _Part(tuple(changes), sources=sources)


def _own(service: Service) -> ServiceTime:
    return ServiceTime(service.mean_s, service.cv, service.family, service.least_s, service.values_s)


def _groups(found: Iterable[tuple[Group, Fit]]) -> Iterable[tuple[ServiceGroup, Fit]]:
    for group, fit in found:
        for channel, vehicle_class in group.names:
            yield ServiceGroup(channel or None, vehicle_class or None, described_time(fit)), fit


def _sources(path: str, time: ServiceTime, text: str) -> dict[str, str]:
    if time.values_s:
        return {f"{path}.quantiles_s": text}
    figures = ["mean_s", "cv"] + (["least_s"] if time.least_s else [])
    return {f"{path}.{figure}": text for figure in figures}


def _evidence(fit: Fit, seen: StageFound, found: Calibration) -> str:
    how = f"{fit.family} by BIC" if not fit.refused else f"as observed, since {fit.refused} was too far off"
    running = f" and {fit.censored:,} still under way" if fit.censored else ""
    return (
        f"calibrated from {fit.n:,} visits{running} {period_of(found)}: {how}, greatest distance "
        f"{fit.distance:.3f}, standard error {fit.mean_error * 60.0:.2g} s, "
        f"{seen.times.missing_share:.1%} of readings missing"
    ).replace("%", " %")


def _channel_shares(described: Direction, found: Calibration) -> tuple[Direction, _Part]:
    shares, part = _shares(
        "channel_shares", described.channel_shares, described.routes, found.channels, found
    )
    return replace(described, channel_shares=shares), part


def _class_shares(described: Direction, found: Calibration) -> tuple[Direction, _Part]:
    shares, part = _shares("class_shares", described.class_shares, None, found.classes, found)
    return replace(described, class_shares=shares), part


def _shares(
    path: str,
    before: Mapping[str, float],
    known: Iterable[str] | None,
    counted: Mapping[str, Found],
    found: Calibration,
) -> tuple[Mapping[str, float], _Part]:
    """Shares that add up to 1, in the order of the crossing's; of codes that it can take."""
    allowed = set(counted) if known is None else set(counted) & set(known)
    lost = tuple(
        Kept(f"{path}.{code}", f"{counted[code].count} trucks, and the crossing has no route for them")
        for code in sorted(set(counted) - allowed)
        if counted[code].count
    )
    n = sum(counted[code].count for code in allowed)
    if n < LEAST_TRUCKS:
        return before, _Part(kept=(*lost, Kept(path, f"{n} trucks, {LEAST_TRUCKS} are needed")))
    codes = [*before, *(code for code in sorted(allowed) if code not in before)]
    count = {code: counted[code].count if code in allowed else 0 for code in codes}
    shares = _rounded({code: count[code] / n for code in codes})
    changes, sources = [], {}
    for code in codes:
        low, high = Found(count[code], n).interval
        text = (
            f"calibrated from {count[code]:,} of {n:,} trucks {period_of(found)}, "
            f"95 % interval {low:.4f} to {high:.4f}"
        )
        changes.append(Change(f"{path}.{code}", f"{before.get(code, 0.0):.4g}", f"{shares[code]:.4g}", text))
        sources[f"{path}.{code}"] = text
    return shares, _Part(tuple(changes), lost, sources)


def _rounded(shares: Mapping[str, float]) -> dict[str, float]:
    """To four places, the greatest taking what that leaves, so that they add up to 1."""
    rounded = {code: round(share, 4) for code, share in shares.items()}
    greatest = max(rounded, key=lambda code: rounded[code])
    rounded[greatest] = round(1.0 - sum(share for code, share in rounded.items() if code != greatest), 4)
    return rounded


def _arrivals(described: Direction, found: Calibration) -> tuple[Direction, _Part]:
    profile = found.profile
    if profile is None:
        return described, _Part(kept=(Kept("arrivals", "fewer than three whole days were read"),))
    hourly = tuple(round(float(rate), 2) for rate in profile.hourly)
    factor = tuple(round(float(each), 4) for each in profile.weekday_factor)
    text = _profile_evidence(profile, found)
    before = described.arrivals
    changed = replace(before, hourly=hourly, weekday_factor=factor)
    change = Change(
        "arrivals.hourly", f"{before.per_day:,.0f} trucks a day", f"{changed.per_day:,.0f} trucks a day", text
    )
    sources = {"arrivals.hourly": text}
    if factor != before.weekday_factor:
        sources["arrivals.weekday_factor"] = text
    return replace(described, arrivals=changed), _Part((change,), sources=sources)


def _profile_evidence(profile: Profile, found: Calibration) -> str:
    out = f", {len(profile.left_out)} days left out" if profile.left_out else ""
    return (
        f"calibrated from the trucks of {len(profile.days)} whole days {period_of(found)}{out}; "
        f"variance over mean of an hour's count {profile.dispersion:.2f}"
    )


def _turnout(described: Direction, found: Calibration) -> tuple[Direction, _Part]:
    seen, before = found.punctuality, described.turnout
    cancelled = Kept("turnout.cancel_share", "readings do not tell cancelled bookings")
    if seen.no_show.n < LEAST_TRUCKS or not seen.offsets:
        why = f"{seen.no_show.n} booked trucks, {LEAST_TRUCKS} are needed"
        return described, _Part(kept=(Kept("turnout", why), cancelled))
    shares = _rounded(
        {
            "early_share": seen.early.value,
            "punctual_share": seen.punctual.value,
            "late_share": seen.late.value,
            "no_show_share": seen.no_show.value,
        }
    )
    figures: dict[str, float] = {**shares, "unbooked_share": round(seen.unbooked.value, 4)}
    for name, value in (("early_mean_minutes", seen.early_mean), ("late_mean_minutes", seen.late_mean)):
        if value == value:  # NaN where nobody was early or late
            figures[name] = round(value, 2)
    text = f"calibrated from {seen.no_show.n:,} booked trucks {period_of(found)}"
    if seen.unread:
        text += f", the arrival of {seen.unread:,} not read"
    changed = replace(before, **figures, offset_minutes=tuple(round(each, 2) for each in seen.offsets))
    changes = tuple(
        Change(f"turnout.{name}", f"{getattr(before, name):.4g}", f"{value:.4g}", text)
        for name, value in figures.items()
    )
    sources = {f"turnout.{name}": text for name in (*figures, "offset_quantiles_minutes")}
    return replace(described, turnout=changed), _Part(changes, (cancelled,), sources)
