"""How a person is reached: the phone and the language of an account."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account


def save_contact(account: Account, phone: str, language: str) -> Account:
    """Keep the account's phone (empty: none) and the language in which it is written to.

    Raises:
        GreenlaneError: ``language_unknown`` (422).
    """
    known = dict(settings.LANGUAGES)
    if language not in known:
        raise GreenlaneError(
            "language_unknown",
            _("“%(language)s” is not a language of this site.") % {"language": language},
            field="language",
            mend=_("Choose one of: %(known)s.") % {"known": ", ".join(known)},
            status=422,
        )
    account.phone, account.language = phone[:20], language
    account.save(update_fields=["phone", "language"])
    return account
