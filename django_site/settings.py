"""Django settings; every value that depends on the machine comes from ``django_site.env``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django_site.env import DatabaseAddress, Environment

ENVIRONMENT = Environment.read()
BASE_DIR = Path(__file__).resolve().parent.parent
PYTHON_BIN = Path(sys.executable).parent
PRODUCTION = ENVIRONMENT.production

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
ROOT_URLCONF = "django_site.urls"
WSGI_APPLICATION = "django_site.wsgi.application"
ASGI_APPLICATION = "django_site.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TITAN: dict[str, Any] = {
    "HOME": ENVIRONMENT.home,
    "REPORTS": ENVIRONMENT.reports,
    "SNAPSHOTS": ENVIRONMENT.home / "snapshots",
    "MARKET_DATA_URL": ENVIRONMENT.market.url,
    "BROKER_CONFIGURED": bool(ENVIRONMENT.celery_broker_url),
    "PRODUCTION": PRODUCTION,
    "SECRET_IS_LOCAL": ENVIRONMENT.secret_is_local,
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_extensions",
    "django_filters",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_site.trading",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def _database(address: DatabaseAddress) -> dict[str, Any]:
    if address.is_sqlite:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": address.name,
            "CONN_MAX_AGE": 0,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA busy_timeout=20000; PRAGMA foreign_keys=ON;",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": str(address.port or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "titan",
            "connect_timeout": 5,
            **dict(address.options),
            "pool": {"min_size": 0, "max_size": 8, "timeout": 5.0, "max_idle": 120.0},
        },
    }


DATABASES = {"default": _database(ENVIRONMENT.database)}
DATABASE_ROUTERS: list[str] = []
if ENVIRONMENT.market != ENVIRONMENT.database:
    DATABASES["market"] = _database(ENVIRONMENT.market)
    DATABASE_ROUTERS = ["django_site.routers.MarketDataRouter"]

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = ENVIRONMENT.home / "static" if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
if PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
if PRODUCTION:  # behind a proxy that ends TLS and sets X-Forwarded-Proto
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "django_site.trading.api.pagination.PageWithLimit",
    "PAGE_SIZE": 100,
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "60/min", "user": "1200/min", "jobs": "60/min", "login": "10/min"},
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "django_site.trading.api.errors.handle_error",
    "NUM_PROXIES": 1 if PRODUCTION else 0,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "TITAN",
    "DESCRIPTION": "Pairs, backtests, walk-forward studies, regimes, signals and reports. "
    "Fractions are never percent; undefined numbers are null; times are UTC.",
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RunStatusEnum": "django_site.trading.models.runs.RUN_STATUSES",
        "PairStatusEnum": "django_site.trading.models.pairs.PAIR_STATUSES",
        "TestStatusEnum": "django_site.trading.models.pairs.TEST_STATUSES",
        "IngestStatusEnum": "django_site.trading.models.ingests.INGEST_STATUSES",
        "SignalStatusEnum": "django_site.trading.models.signals.SIGNAL_STATUSES",
        "PositionEnum": "django_site.trading.models.signals.POSITIONS",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": "logging.Formatter",
            "fmt": "time={asctime} level={levelname} logger={name} run={run_id} {message}",
            "datefmt": "%Y-%m-%dT%H:%M:%SZ",
            "style": "{",
            "defaults": {"run_id": "-"},
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        **{name: {"level": "INFO"} for name in ("titan_research", "services", "django_site", "reports")},
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}

SHELL_PLUS_IMPORTS = [
    "import numpy as np",
    "import pandas as pd",
    "from titan_research.parameters import BacktestParameters, CostParameters, RuleParameters",
    "from titan_research.parameters import RegimeParameters, ScanParameters, SpreadParameters",
    "from titan_research.parameters import WalkForwardParameters",
    "from services.workbench import open_workbench",
]
SHELL_PLUS_DONT_LOAD = ["admin", "authtoken", "contenttypes", "sessions"]
IPYTHON_KERNEL_DISPLAY_NAME = "TITAN (Django)"
NOTEBOOK_KERNEL_SPEC_NAMES = ["titan", "python3"]
NOTEBOOK_ARGUMENTS = [
    "--ip=127.0.0.1",
    "--port=8888",
    f"--notebook-dir={BASE_DIR / 'notebooks'}",
    "--MultiKernelManager.default_kernel_name=titan",
    "--KernelSpecManager.allowed_kernelspecs=titan",
    "--KernelSpecManager.ensure_native_kernel=False",
    f"--LabApp.app_settings_dir={BASE_DIR / 'django_site' / 'lab'}",
    "--LabApp.extension_manager=readonly",
]

CELERY_BROKER_URL = ENVIRONMENT.celery_broker_url or None
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0.1,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_BROKER_CONNECTION_TIMEOUT = 1.0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 14_400,
    "socket_timeout": 1.5,
    "socket_connect_timeout": 1.0,
    "max_retries": 1,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 3 * 3_600
CELERY_TASK_SOFT_TIME_LIMIT = 3 * 3_600 - 60
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    name: {"task": f"django_site.trading.tasks.{name}", "schedule": 60.0} for name in ("reap", "sweep")
}
CELERY_BEAT_SCHEDULE_FILENAME = str(ENVIRONMENT.home / "beat-schedule")
