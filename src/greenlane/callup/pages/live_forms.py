"""What a person fills in to join the live queue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from greenlane.registry.countries import country_choices
from greenlane.registry.models import Account, Checkpoint, VehicleClass
from greenlane.registry.queries import carrier_of, trucks_of

NEW = "new"
"""The choice that stands for a truck not in the list yet."""
PLATE = {"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}


class WalkUpForm(forms.Form):
    """A truck that stands there: typed at the kiosk or by an officer. The command checks what was typed."""

    plate = forms.CharField(label=_("Number plate"), max_length=40, widget=forms.TextInput(attrs=PLATE))
    country = forms.ChoiceField(label=_("Country of the plate"))
    vehicle_class = forms.ChoiceField(
        label=_("What are you driving?"),
        choices=VehicleClass.choices,
        initial=VehicleClass.LADEN,
        widget=forms.RadioSelect,
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        help_text=_("You are called there too. It is used for nothing else."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, checkpoint: Checkpoint, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "country", list(country_choices(get_language() or "en")))
        self.initial.setdefault("country", checkpoint.country)


class JoinForm(forms.Form):
    """One of the carrier's own trucks, or one typed in."""

    truck = forms.ChoiceField(label=_("Truck"), widget=forms.RadioSelect)
    plate = forms.CharField(
        label=_("Number plate"),
        required=False,
        max_length=16,
        help_text=_("As it is written on the truck."),
        widget=forms.TextInput(attrs=PLATE),
    )
    country = forms.ChoiceField(label=_("Country of the plate"), required=False)
    vehicle_class = forms.ChoiceField(
        label=_("What are you driving?"), choices=VehicleClass.choices, required=False
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        carrier = carrier_of(account)
        trucks = [
            (str(truck.pk), f"{truck} · {truck.get_vehicle_class_display()}") for truck in trucks_of(carrier)
        ]
        self.has_trucks = bool(trucks)
        # Only a dispatcher adds to the carrier's lists; an owner-operator is the own dispatcher.
        may_add = account.carrier_role == Account.CarrierRole.DISPATCHER
        _choose(self, "truck", trucks + ([(NEW, _("Another truck"))] if may_add else []))
        _choose(self, "country", list(country_choices(get_language() or "en")))
        self.initial.setdefault("truck", trucks[0][0] if trucks else NEW)
        self.initial.setdefault("country", carrier.country)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("truck") == NEW and not cleaned.get("plate") and "plate" not in self.errors:
            self.add_error("plate", _("Fill this in, or choose one from the list."))
        return cleaned


def _choose(form: forms.Form, field: str, choices: list[tuple[Any, Any]]) -> None:
    chosen = form.fields[field]
    assert isinstance(chosen, forms.ChoiceField)
    chosen.choices = choices
