"""Witnesses of a ballot: others who mix a seed of their own into the draw, so that nobody alone knows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from greenlane.booking.ballot.tickets import commitment_to, is_hash
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.models import Ballot
from greenlane.booking.queries import ballots as queries
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import may, require

State = Ballot.BallotState
MOST_WITNESSES = 10


def commit_witness(account: Account, ballot_id: int, name: str, commitment: str, at: datetime) -> Ballot:
    """Bind a witness to a seed that it keeps for itself until the list is closed.

    The account serves either checkpoint of the crossing as planner or administrator. Repeating it changes
    nothing; another commitment is refused.

    Args:
        name: whose seed it is, as it is published: a checkpoint, an association of carriers.
        commitment: the SHA-256 of 32 random bytes, as 64 hexadecimal digits.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``ballot_unknown`` (404), ``ballot_not_open``,
            ``witness_committed``, ``witnesses_full`` (409), ``hash_malformed`` (422).
    """
    _hash(commitment, "commitment")

    def commit(ballot: Ballot, here: Checkpoint) -> None:
        own = _own(ballot, account)
        if own is not None:
            if own["commitment"] == commitment:
                return
            raise _refused("witness_committed", _("You have committed to another seed."), "commitment")
        if ballot.state != State.OPEN or at >= ballot.closes_at:
            raise _refused("ballot_not_open", _("The window of this ballot is over."), "ballot")
        if len(ballot.witnesses) >= MOST_WITNESSES or name in {each["name"] for each in ballot.witnesses}:
            raise _refused("witnesses_full", _("No more witnesses of this name can be taken."), "name")
        ballot.witnesses.append(
            {
                "account": account.pk,
                "name": name,
                "checkpoint": here.code,
                "commitment": commitment,
                "committed_at": at.isoformat(),
                "seed": "",
                "told_at": "",
            }
        )

    return _change(account, ballot_id, commit)


def reveal_witness(account: Account, ballot_id: int, seed: str, at: datetime) -> Ballot:
    """Tell the seed that the account committed to, once the list is closed. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``ballot_unknown``, ``witness_unknown`` (404),
            ``reveal_not_open`` (409), ``hash_malformed``, ``seed_differs`` (422).
    """
    _hash(seed, "seed")

    def reveal(ballot: Ballot, here: Checkpoint) -> None:
        own = _own(ballot, account)
        if own is None:
            raise _refused("witness_unknown", _("You are no witness of this ballot."), "ballot", 404)
        if commitment_to(seed) != own["commitment"]:
            raise _refused("seed_differs", _("This is not the seed that you committed to."), "seed", 422)
        if own["seed"]:
            return
        until = ballot.reveal_until
        if ballot.state != State.CLOSED or until is None or at >= until:
            raise _refused(
                "reveal_not_open", _("Seeds are told between the closing of the list and the draw."), "ballot"
            )
        own["seed"], own["told_at"] = seed, at.isoformat()

    return _change(account, ballot_id, reveal)


def _change(account: Account, ballot_id: int, change: Callable[[Ballot, Checkpoint], None]) -> Ballot:
    """Change the witnesses of a locked ballot on behalf of one of the crossing's two checkpoints."""

    def run() -> Ballot:
        ballot = (
            Ballot.objects.select_for_update(of=("self",), no_key=True)
            .select_related("checkpoint__crossing")
            .filter(pk=ballot_id)
            .first()
        )
        if ballot is None:
            raise queries.ballot_unknown(ballot_id)
        change(ballot, _serves(account, ballot.checkpoint))
        ballot.save(update_fields=["witnesses"])
        return ballot

    return refused_clearly(run)


def _serves(account: Account, checkpoint: Checkpoint) -> Checkpoint:
    facing = Checkpoint.objects.filter(crossing=checkpoint.crossing_id).exclude(pk=checkpoint.pk).first()
    if facing is not None and may(account, facing, Role.PLANNER):
        return facing
    require(account, checkpoint, Role.PLANNER)
    return checkpoint


def _own(ballot: Ballot, account: Account) -> dict[str, Any] | None:
    return next((each for each in ballot.witnesses if each["account"] == account.pk), None)


def _hash(text: str, field: str) -> None:
    if not is_hash(text):
        raise GreenlaneError(
            "hash_malformed",
            _("This is not 32 bytes written as 64 lower-case hexadecimal digits."),
            field=field,
            mend=_("Make a seed with “openssl rand -hex 32”, and its commitment with SHA-256 of its bytes."),
            status=422,
        )


def _refused(code: str, message: str, field: str, status: int = 409) -> GreenlaneError:
    return GreenlaneError(
        code, message, field=field, mend=_("Look at the ballot's page for its times."), status=status
    )
