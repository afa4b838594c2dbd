"""What a person fills in to turn a held place into a booking, or to change one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models import Booking
from greenlane.registry.countries import country_choices
from greenlane.registry.models import Account, VehicleClass
from greenlane.registry.queries import carrier_of, drivers_of, trailers_of, trucks_of

NEW = "new"
"""The choice that stands for a truck or trailer not in the list yet."""


class ClassForm(forms.Form):
    """The kind of vehicle that free places are counted for."""

    vehicle_class = forms.ChoiceField(
        label=_("What are you driving?"), choices=VehicleClass.choices, widget=forms.RadioSelect
    )


class PartsForm(forms.Form):
    """Truck, trailer and driver of a booking: the carrier's own, or a truck and a trailer typed in.

    ``truck`` and ``trailer`` are ids or ``NEW``; with ``NEW`` plate and country are needed.
    """

    truck = forms.ChoiceField(label=_("Truck"), widget=forms.RadioSelect)
    plate = forms.CharField(
        label=_("Number plate"),
        required=False,
        max_length=16,
        help_text=_("As it is written on the truck."),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    country = forms.ChoiceField(label=_("Country of the plate"), required=False)
    vin = forms.CharField(
        label=_("VIN"),
        required=False,
        max_length=40,
        help_text=_("17 letters and digits, from the registration document."),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    trailer = forms.ChoiceField(label=_("Trailer"), required=False)
    trailer_plate = forms.CharField(
        label=_("Trailer's number plate"),
        required=False,
        max_length=16,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    trailer_country = forms.ChoiceField(label=_("Country of the trailer's plate"), required=False)
    driver = forms.ChoiceField(label=_("Driver"), required=False)

    def __init__(self, *args: Any, account: Account, booking: Booking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        carrier = carrier_of(account)
        trucks = _named(trucks_of(carrier))
        self.has_trucks = bool(trucks)
        # Only a dispatcher adds to the carrier's lists; an owner-operator is the own dispatcher.
        may_add = account.carrier_role == Account.CarrierRole.DISPATCHER
        self._choose("truck", trucks + ([(NEW, _("Another truck"))] if may_add else []))
        trailers = _named(trailers_of(carrier)) + ([(NEW, _("Another trailer"))] if may_add else [])
        self._choose("trailer", [("", _("No trailer")), *trailers])
        self._choose("driver", [("", _("Not said yet")), *_named(drivers_of(carrier))])
        for field in ("country", "trailer_country"):
            self._choose(field, [("", "–"), *country_choices(get_language() or "en")])
            self.initial.setdefault(field, carrier.country)
        self.initial.setdefault("truck", str(booking.truck_id or (trucks[0][0] if trucks else NEW)))
        self.initial.setdefault("trailer", str(booking.trailer_id or ""))
        self.initial.setdefault("driver", str(booking.driver_id or account.driver_id or ""))

    def _choose(self, field: str, choices: list[tuple[Any, Any]]) -> None:
        chosen = self.fields[field]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        needed = ["plate", "country"] if cleaned.get("truck") == NEW else []
        needed += ["trailer_plate", "trailer_country"] if cleaned.get("trailer") == NEW else []
        for field in needed:
            if not cleaned.get(field) and field not in self.errors:
                self.add_error(field, _("Fill this in, or choose one from the list."))
        return cleaned

    @property
    def driver_id(self) -> int | None:
        return int(self.cleaned_data["driver"]) if self.cleaned_data["driver"] else None


def _named(owned: QuerySet[Any]) -> list[tuple[str, Any]]:
    """Trucks, trailers or drivers as choices."""
    return [(str(one.pk), str(one)) for one in owned]
