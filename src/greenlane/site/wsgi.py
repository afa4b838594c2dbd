"""Django under WSGI: pages, admin and the ordinary API."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenlane.site.settings")
application = get_wsgi_application()
