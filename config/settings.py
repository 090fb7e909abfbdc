"""Settings, all from the environment; docs/reference/settings.md explains each.

Every variable may also be given as NAME_FILE, a file that holds the value, as container platforms
hand over secrets.
"""

from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from environs import FileAwareEnv, validate

from config.data_folder import make_data_folder
from config.logs import FORMATS, LEVELS, logging_settings, passwords_in
from config.metric_files import keep_metrics_in
from config.secret_key import get_or_make_secret_key

django_stubs_ext.monkeypatch()
env = FileAwareEnv(strip_whitespace=True)  # most editors end a file with a line break
BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where things live ---------------------------------------------------------------------------
BROMO_DATA_DIR = Path(env.str("BROMO_DATA_DIR", str(BASE_DIR / "var"))).absolute()
make_data_folder(BROMO_DATA_DIR)

# --- Core ----------------------------------------------------------------------------------------
DEBUG = env.bool("BROMO_DEBUG", False)
SECRET_KEY = env.str("BROMO_SECRET_KEY", "") or get_or_make_secret_key(
    BROMO_DATA_DIR / "secret_key"
)
ALLOWED_HOSTS = env.list("BROMO_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("BROMO_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "taggit",
    "dam",
    "recognition",
    "search",
]
MIDDLEWARE = [
    "config.requests.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.requests.LoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "jinja2"],
        "OPTIONS": {"environment": "config.rows.environment"},
    },
]
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("BROMO_TIME_ZONE", "UTC")
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database ------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.dj_db_url("DATABASE_URL")
    if env.str("DATABASE_URL", "")
    # Not by way of an address, in which "#", "?" and "%" would not be part of the path.
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": BROMO_DATA_DIR / "bromo.sqlite3"},
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "config.sqlite"
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        # Readers never wait for a writer, and writers take turns instead of failing half-way. What
        # was committed is on the disk: an upload that was acknowledged survives a power cut.
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        transaction_mode="IMMEDIATE",
        timeout=30,  # for a turn, and then for programs that take none
    )
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 60

# --- Files ---------------------------------------------------------------------------------------
BROMO_S3_BUCKET = env.str("BROMO_S3_BUCKET", "")


def _file_storage(folder: str) -> dict[str, Any]:
    """Where files of one sort go: a folder of the data folder, or a prefix in the bucket."""
    if BROMO_S3_BUCKET:
        is_derived = folder == "renditions"
        return {
            # A rendition made twice is the same picture; whatever else comes twice is a mistake.
            "BACKEND": f"dam.s3_storages.{'Patient' if is_derived else 'Verified'}S3Storage",
            "OPTIONS": {
                "bucket_name": BROMO_S3_BUCKET,
                "location": folder,
                "file_overwrite": is_derived,
                "default_acl": None,
                # Objects beyond this spill to disk instead of filling the memory.
                "max_memory_size": 8 * 1024 * 1024,
            },
        }
    return {
        "BACKEND": "dam.storages.AtomicFileSystemStorage",
        "OPTIONS": {"location": BROMO_DATA_DIR / folder, "base_url": None},
    }


STORAGES = {
    "default": _file_storage("files"),
    "originals": _file_storage("originals"),
    "renditions": _file_storage("renditions"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("BROMO_STATIC_DIR", str(BROMO_DATA_DIR / "static"))).absolute()
STATICFILES_DIRS = [BASE_DIR / "static"]
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# Uploads arrive on the file system of the originals, so that they need not be copied there.
BROMO_STAGING_DIR = BROMO_DATA_DIR / ("incoming" if BROMO_S3_BUCKET else "originals/.incoming")
FILE_UPLOAD_HANDLERS = ["dam.uploads.StagingHandler"]
BROMO_MAX_UPLOAD_MEGABYTES = env.int("BROMO_MAX_UPLOAD_MEGABYTES", 100)
BROMO_MAX_MEGAPIXELS = env.int("BROMO_MAX_MEGAPIXELS", 150)
# What decoding one file may take: computing time, and address space. The largest images that the
# limit above lets through were seen to need less than half of either.
BROMO_DECODE_SECONDS = env.int("BROMO_DECODE_SECONDS", 15)
BROMO_DECODE_MEGABYTES = env.int("BROMO_DECODE_MEGABYTES", 3000)
FILE_UPLOAD_PERMISSIONS = 0o640
# Many files may come in one form; each of them is limited on its own.
DATA_UPLOAD_MAX_NUMBER_FILES = 500

# --- Queue ---------------------------------------------------------------------------------------
BROKER_URL = env.str("BROKER_URL", "")
CELERY_BROKER_URL = BROKER_URL or None
CELERY_TASK_IGNORE_RESULT = True
CELERY_DB_REUSE_MAX = 1_000_000_000  # config/celery.py closes connections by age instead
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the run's lease, not the broker, brings lost work back
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
# A process counts as started once its models are loaded, which a slow disk may draw out.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60
# None: as many processes as the machine has cores.
CELERY_WORKER_CONCURRENCY = env.int("BROMO_WORKER_PROCESSES", None)


# --- Recognition ---------------------------------------------------------------------------------
def _names(given: list[str]) -> list[str]:
    """Names without the blanks around them."""
    return [name for part in given if (name := part.strip())]


# Empty: none; whoever wants something recognised asks for it.
BROMO_RECOGNISERS = _names(env.list("BROMO_RECOGNISERS", ["local"]))
BROMO_UNSAFE_THRESHOLD = env.float("BROMO_UNSAFE_THRESHOLD", 80.0)
BROMO_FACT_THRESHOLD = env.float("BROMO_FACT_THRESHOLD", 80.0)
RECOGNISERS: dict[str, dict[str, Any]] = {
    "local": {
        "BACKEND": "recognition.recognisers.local.LocalRecogniser",
        "OPTIONS": {"model_dir": BROMO_DATA_DIR / "models"},
    },
    "rekognition": {
        "BACKEND": "recognition.recognisers.rekognition.RekognitionRecogniser",
        "OPTIONS": {
            "features": _names(env.list("BROMO_REKOGNITION_FEATURES", [])) or ["labels"],
            "custom_labels_arn": env.str("BROMO_REKOGNITION_CUSTOM_LABELS_ARN", ""),
            "moderation_first": env.bool("BROMO_REKOGNITION_MODERATION_FIRST", False),
            "unsafe_threshold": BROMO_UNSAFE_THRESHOLD,
            "by_reference": env.bool("BROMO_REKOGNITION_BY_REFERENCE", True),
            "profile": env.str("BROMO_REKOGNITION_PROFILE", ""),
            "region": env.str("BROMO_REKOGNITION_REGION", ""),
            "prices": env.str("BROMO_REKOGNITION_PRICES", ""),
            "rates": env.str("BROMO_REKOGNITION_RATES", ""),
            "budget_calls": env.str("BROMO_REKOGNITION_BUDGET_CALLS", "") or None,
            "budget_cost": env.str("BROMO_REKOGNITION_BUDGET_COST", "") or None,
        },
    },
    "dummy": {"BACKEND": "recognition.recognisers.dummy.DummyRecogniser", "OPTIONS": {}},
}
# A run whose worker has not finished it by then is given to another one.
BROMO_LEASE_SECONDS = env.int("BROMO_LEASE_SECONDS", 30)
# How often runs are looked for that nobody works on.
BROMO_SWEEP_SECONDS = env.int("BROMO_SWEEP_SECONDS", 5)
CELERY_TASK_SOFT_TIME_LIMIT = BROMO_LEASE_SECONDS * 0.8
CELERY_TASK_TIME_LIMIT = BROMO_LEASE_SECONDS * 0.9
# The smaller the number, the sooner: what keeps the rest going is not to wait behind a backlog.
CELERY_TASK_ROUTES = {
    "recognition.tasks.recognise_run": {"priority": 9},
    "*": {"priority": 0},
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "recognition.tasks.sweep",
        "schedule": BROMO_SWEEP_SECONDS,
        # One that nobody had time for says nothing that the next one does not say.
        "options": {"expires": BROMO_LEASE_SECONDS, "retry": False},
    },
    "sweep_storage": {
        "task": "dam.tasks.sweep_storage",
        "schedule": 3600,
        "options": {"expires": 3600, "retry": False},
    },
    "sweep_strays": {
        "task": "dam.tasks.sweep_strays",
        "schedule": 300,  # one folder of 256, as dam.tasks reckons
        "options": {"expires": 300, "retry": False},
    },
    "fold_search_index": {
        "task": "search.tasks.fold_search_index",
        "schedule": 60,
        "options": {"expires": 60, "retry": False},
    },
}
# In memory: the schedule above is all there is to know.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": max(4 * BROMO_LEASE_SECONDS, 60),
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    # Publishing gives up at once where the broker is away: the sweep publishes again.
    "max_retries": 0,
}

# --- People and security -------------------------------------------------------------------------
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_VERBOSE = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "blob:", "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = "Lax"
BROMO_HTTPS = env.bool("BROMO_HTTPS", False)
if BROMO_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SILENCED_SYSTEM_CHECKS = [
        # Whether other names below this one are served over TLS is not ours to promise.
        "security.W005",
        "security.W021",
        # The proxy that ends TLS redirects; health checks reach us behind it, without TLS.
        "security.W008",
    ]

# --- Metrics -------------------------------------------------------------------------------------
BROMO_METRICS_DIR = BROMO_DATA_DIR / "metrics"
# Before any module makes a metric.
keep_metrics_in(BROMO_METRICS_DIR)
BROMO_METRICS_TOKEN = env.str("BROMO_METRICS_TOKEN", "")

# --- Logs ----------------------------------------------------------------------------------------
BROMO_LOG_FORMAT = env.str("BROMO_LOG_FORMAT", "line", validate=validate.OneOf(FORMATS))
BROMO_LOG_LEVEL = env.str(
    "BROMO_LOG_LEVEL", "INFO", validate=validate.OneOf([*LEVELS, *map(str.lower, LEVELS)])
)
LOGGING = logging_settings(
    style=BROMO_LOG_FORMAT,
    level=BROMO_LOG_LEVEL.upper(),
    secrets=[
        SECRET_KEY,
        BROMO_METRICS_TOKEN,
        DATABASES["default"].get("PASSWORD", ""),
        *passwords_in(BROKER_URL),
    ],
)
