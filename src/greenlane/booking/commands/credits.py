"""Using a credit of the checkpoint's guarantee."""

from __future__ import annotations

from datetime import datetime

from greenlane.booking.commands.priority import use_priority
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.models import Booking, Credit, PriorityUse, Share, State
from greenlane.booking.queries import booking_of, credits_of
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account


def use_credit(account: Account, code: str, credit_id: int, at: datetime) -> Booking:
    """Put a confirmed booking into its slot's priority share, for one credit. Repeating it changes nothing.

    The credit is good once, where it was earned, for the booking that earned it or, once that one's truck has
    entered, for another of the same carrier. The use is published like every other use of priority.

    Raises:
        GreenlaneError: ``booking_unknown``, ``credit_unknown`` (404); ``credit_used``, ``credit_over``,
            ``credit_elsewhere``, ``credit_not_earned``, ``has_priority`` (409); what `use_priority` refuses.
    """
    return refused_clearly(lambda: _use(account, code, credit_id, at))


def _use(account: Account, code: str, credit_id: int, at: datetime) -> Booking:
    booking = Booking.objects.select_for_update().get(pk=booking_of(account, code).pk)
    if not credits_of(account).filter(pk=credit_id).exists():
        raise GreenlaneError(
            "credit_unknown",
            f"You have no credit {credit_id}.",
            field="credit",
            mend="Choose one from the list of your credits.",
            status=404,
        )
    credit = Credit.objects.select_for_update().get(pk=credit_id)
    if credit.used_for_id == booking.pk:
        return booking
    _check(credit, booking, at)
    use_priority(booking, PriorityUse.Reason.GUARANTEE, "", at)
    credit.used_at, credit.used_for = at, booking
    credit.save(update_fields=["used_at", "used_for"])
    booking.refresh_from_db()
    return booking


def _check(credit: Credit, booking: Booking, at: datetime) -> None:
    if credit.kind != Credit.Kind.PRIORITY or credit.used_at is not None:
        raise _refused("credit_used", "This credit has been used.", "Choose another credit.")
    if credit.good_until is None or credit.good_until <= at:
        raise _refused("credit_over", "This credit is no longer good.", "Choose another credit.")
    earned = credit.booking
    if (earned.checkpoint_id, earned.direction, earned.carrier_id) != (
        booking.checkpoint_id,
        booking.direction,
        booking.carrier_id,
    ):
        raise _refused(
            "credit_elsewhere",
            "This credit is good only at the checkpoint and direction that owe it.",
            "Use it for a booking there.",
        )
    if earned.pk != booking.pk and earned.state != State.ENTERED:
        raise _refused(
            "credit_not_earned",
            f"The truck of booking {earned.code}, to which this credit is owed, has not entered.",
            "Use it for that booking, or after its truck has entered.",
        )
    if booking.share == Share.PRIORITY:
        raise _refused("has_priority", "This booking has priority already.", "Keep the credit for another.")


def _refused(code: str, message: str, mend: str) -> GreenlaneError:
    return GreenlaneError(code, message, field="credit", mend=mend, status=409)
