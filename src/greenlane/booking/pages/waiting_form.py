"""What a person fills in to join the waiting list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from greenlane.registry.models import Account, Park
from greenlane.registry.queries import carrier_of, trucks_of

_LOCAL = "%Y-%m-%dT%H:%M"


class WaitingForm(forms.Form):
    """Trucks and times, which are local: build and validate it with the checkpoint's zone in force."""

    trucks = forms.MultipleChoiceField(
        label=_("Which trucks?"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several trucks get places in one slot together, or none of them does."),
    )
    earliest = forms.DateTimeField(label=_("Not before"), input_formats=[_LOCAL])
    latest = forms.DateTimeField(label=_("Not after"), input_formats=[_LOCAL])
    park = forms.ChoiceField(label=_("Where will you wait for the call?"), required=False)

    def __init__(
        self, *args: Any, account: Account, parks: list[Park], first: datetime, last: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        trucks = [(str(truck.pk), str(truck)) for truck in trucks_of(carrier_of(account))]
        self.has_trucks = bool(trucks)
        self._choose("trucks", trucks)
        self._choose("park", [(str(park.pk), str(park.name)) for park in parks])
        if not parks:
            del self.fields["park"]
        if len(trucks) == 1:
            self.initial.setdefault("trucks", [trucks[0][0]])
        for name in ("earliest", "latest"):
            # Seconds would be refused by the browser's field.
            self.fields[name].widget = forms.DateTimeInput(
                format=_LOCAL,
                attrs={"type": "datetime-local", "min": f"{first:{_LOCAL}}", "max": f"{last:{_LOCAL}}"},
            )

    def _choose(self, field: str, choices: list[tuple[str, str]]) -> None:
        chosen = self.fields[field]
        assert isinstance(chosen, forms.ChoiceField | forms.MultipleChoiceField)
        chosen.choices = choices

    @property
    def truck_ids(self) -> list[int]:
        return [int(truck) for truck in self.cleaned_data["trucks"]]

    @property
    def park_id(self) -> int | None:
        return int(self.cleaned_data["park"]) if self.cleaned_data.get("park") else None
