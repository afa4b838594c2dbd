"""Forms of the carrier's pages and of sign-up."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from greenlane.registry.clock import now
from greenlane.registry.commands import register_carrier, register_driver
from greenlane.registry.countries import country_choices
from greenlane.registry.models import Account, VehicleClass

_CAPITALS = {"autocapitalize": "characters", "autocomplete": "off"}


class CountryField(forms.ChoiceField):
    """A country by its two letters, named in the reader's language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=lambda: [("", "–"), *country_choices(get_language() or "en")], **kwargs)


class SignUpForm(forms.Form):
    """What is asked at sign-up besides e-mail and password.

    Without a company the person becomes a carrier of one: its only driver, who also books.
    """

    full_name = forms.CharField(
        label=_("Your full name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    company = forms.CharField(
        label=_("Company"),
        max_length=200,
        required=False,
        help_text=_("Leave it empty if you drive your own truck."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = CountryField(label=_("Country"))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        required=False,
        help_text=_("With its country code. For calls from the park, nothing else."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    field_order = ("email", "full_name", "company", "country", "phone", "password1", "password2")

    def signup(self, request: HttpRequest, user: Account) -> None:
        """Called by allauth once the account is made."""
        given = self.cleaned_data
        user.language, user.phone = get_language() or "en", given["phone"]
        user.first_name = given["full_name"]
        user.save(update_fields=["language", "phone", "first_name"])
        if given["company"]:
            register_carrier(user, given["company"], given["country"], now())
        else:
            register_driver(user, given["full_name"], given["country"], now(), phone=given["phone"])


class TrailerForm(forms.Form):
    """One trailer."""

    plate = forms.CharField(label=_("Number plate"), max_length=16, widget=forms.TextInput(attrs=_CAPITALS))
    country = CountryField(label=_("Country of the plate"))
    vin = forms.CharField(
        label=_("VIN"), max_length=40, required=False, widget=forms.TextInput(attrs=_CAPITALS)
    )


class TruckForm(TrailerForm):
    """One truck."""

    vehicle_class = forms.ChoiceField(label=_("Vehicle class"), choices=VehicleClass.choices)


class DriverForm(forms.Form):
    """One driver."""

    full_name = forms.CharField(label=_("Full name"), max_length=200)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    document = forms.CharField(label=_("Passport or licence number"), max_length=40, required=False)


class FileForm(forms.Form):
    """A CSV file."""

    file = forms.FileField(label=_("CSV file"))


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What will use it, such as “dispatch software”.")
    )
