"""What a person fills in to enter a truck in a ballot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from greenlane.booking.commands import Wish
from greenlane.booking.models import Slot
from greenlane.registry.models import Account, Park
from greenlane.registry.queries import carrier_of, trucks_of

CHOICES = ("first", "second", "third")


class BallotForm(forms.Form):
    """A truck, up to three slots by choice, and how far from the first choice others suit too."""

    truck = forms.ChoiceField(label=_("Truck"), widget=forms.RadioSelect)
    first = forms.ChoiceField(label=_("First choice"))
    second = forms.ChoiceField(label=_("Second choice"), required=False)
    third = forms.ChoiceField(label=_("Third choice"), required=False)
    tolerance = forms.TypedChoiceField(
        label=_("Other times that suit too"),
        coerce=int,
        choices=[
            (0, _("None but these")),
            (60, _("Up to 1 hour before or after the first choice")),
            (120, _("Up to 2 hours before or after the first choice")),
            (240, _("Up to 4 hours before or after the first choice")),
            (1440, _("Any time of the day")),
        ],
        initial=120,
    )
    park = forms.ChoiceField(label=_("Where will you wait for the call?"), required=False)
    joins_list = forms.BooleanField(
        label=_("Put me on the waiting list if I get no place."), required=False, initial=True
    )

    def __init__(
        self,
        *args: Any,
        account: Account,
        slots: Sequence[Slot],
        zone: str,
        parks: Sequence[Park],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._starts = {slot.pk: slot.starts_at for slot in slots}
        trucks = [(str(truck.pk), str(truck)) for truck in trucks_of(carrier_of(account))]
        self.has_trucks = bool(trucks)
        local = ZoneInfo(zone)
        times = [(str(slot.pk), f"{slot.starts_at.astimezone(local):%H:%M}") for slot in slots]
        self._choose("truck", trucks)
        self._choose("first", times)
        for name in ("second", "third"):
            self._choose(name, [("", "–"), *times])
        self._choose("park", [(str(park.pk), str(park.name)) for park in parks])
        if len(parks) < 2:
            del self.fields["park"]
        if len(trucks) == 1:
            self.initial.setdefault("truck", trucks[0][0])

    def _choose(self, field: str, choices: list[tuple[str, str]]) -> None:
        chosen = self.fields[field]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = choices

    @property
    def truck_id(self) -> int:
        return int(self.cleaned_data["truck"])

    @property
    def park_id(self) -> int | None:
        return int(self.cleaned_data["park"]) if self.cleaned_data.get("park") else None

    @property
    def wish(self) -> Wish:
        slots = [int(self.cleaned_data[name]) for name in CHOICES if self.cleaned_data[name]]
        tolerance = timedelta(minutes=self.cleaned_data["tolerance"])
        around = self._starts[slots[0]] if tolerance else None
        return Wish(slots, around, self.cleaned_data["tolerance"])
