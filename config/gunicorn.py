"""How gunicorn serves Bromo: `gunicorn --config python:config.gunicorn`."""

import logging
import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
logconfig_dict = settings.LOGGING
logging.captureWarnings(capture=True)
wsgi_app = "config.wsgi"
worker_class = "gthread"  # a slow upload holds a thread, not a process
workers = 2
threads = 8
timeout = 120
graceful_timeout = 10
control_socket_disable = True  # it would appear in the home folder of whoever serves
