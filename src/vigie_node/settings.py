"""Django's settings, all drawn from the node's home; nothing here is decided twice.

Read once, when a process starts. `vigie.toml` is the operator's file: see docs/reference/configuration.md.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from vigie_node.database import database_from
from vigie_node.home import Home
from vigie_node.logs import logging_for

HOME = Home.here()
NODE = HOME.configuration

SECRET_KEY = HOME.key("django").hex()
DEBUG = False
_address = urlsplit(NODE.address)
ALLOWED_HOSTS = [host for host in {_address.hostname, "localhost", "127.0.0.1"} if host]
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "vigie_node.web",
    "vigie_node.ledger",
    "vigie_node.jobs",
    "vigie_node.people",
    "vigie_node.sources",
    "vigie_node.alerts",
    "vigie_node.incidents",
    "vigie_node.overview",
]
MIDDLEWARE = [
    "vigie_node.web.requests.RequestLog",
    "vigie_node.web.middleware.SafeHeaders",
    "vigie_node.web.middleware.Refusals",
    "vigie_node.web.middleware.OnlyUtf8",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "vigie_node.people.middleware.BoundedSessions",
    "vigie_node.people.middleware.OnlyDeclaredRoutes",
]
ROOT_URLCONF = "vigie_node.urls"
ASGI_APPLICATION = "vigie_node.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": False,
        "DIRS": [],
        "OPTIONS": {
            "environment": "vigie_node.web.jinja.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "vigie_node.web.context.frame",
                "vigie_node.people.context.person",
                "vigie_node.navigation.navigation",
            ],
        },
    },
]

DATABASES = {"default": database_from(os.environ.get("DATABASE_URL"), HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["vigie_node.people.backend.People"]
PASSWORD_HASHERS = ["vigie_node.people.hashers.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name")},
    },
]
CSRF_FAILURE_VIEW = "vigie_node.web.views.csrf_failed"
LOGIN_URL = "people:sign-in"

_https = _address.scheme == "https"
COOKIES = f"vigie-{NODE.id}"  # names begin so: cookies ignore ports, nodes on one machine must not collide
if _https:
    COOKIES = f"__Host-{COOKIES}"  # no sister site may set them (RFC 6265bis, section 4.1.3)
SESSION_COOKIE_NAME = f"{COOKIES}-session"
SESSION_ENGINE = "vigie_node.people.sessions"
SESSION_COOKIE_AGE = NODE.session_hours_max * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIES}-csrf"
LANGUAGE_COOKIE_NAME = f"{COOKIES}-language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LANGUAGE_CODE = "en"
LANGUAGES = [("fr", "Français"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"

FILE_UPLOAD_TEMP_DIR = str(HOME.spool)
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000  # a matrix of exhibits and explanations is one form
DATA_UPLOAD_MAX_NUMBER_FILES = 40  # of one capture by hand; their bytes are bounded together
LOGGING = logging_for()
SILENCED_SYSTEM_CHECKS: list[str] = []
