"""How gunicorn serves Bromo: `gunicorn --config python:config.gunicorn`."""

wsgi_app = "config.wsgi"
worker_class = "gthread"  # a slow upload holds a thread, not a process
workers = 2
threads = 8
timeout = 120
graceful_timeout = 10
control_socket_disable = True  # it would appear in the home folder of whoever serves
