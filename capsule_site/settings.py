"""One settings file, safe when nothing is set. Everything that may differ comes from the environment."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from capsule_site.dev import OWN_ADDRESS_ONLY
from capsule_site.kept_environment import kept_environment
from capsule_site.logs import LOGGING as LOGGING
from capsule_site.page_scripts import CAPSULE_SCRIPTS as CAPSULE_SCRIPTS
from capsule_site.redis_address import prefix_from, redis_address
from capsule_site.time_zone import time_zone
from capsule_site.var import private_file, secret_key_in, settings_key_in

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _is_own_address(host: str) -> bool:
    """Whether a host name means this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _flag(name: str, default: bool) -> bool:
    """Yes or no from the environment. A word that is neither must not pass for "no": it guards TLS."""
    word = env.str(name, default="").strip().lower()
    if word and word not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ImproperlyConfigured(f"{name}={word} is neither yes nor no: write {name}=1 or {name}=0.")
    return word in ("1", "true", "yes", "on") if word else default


# Where we are ---------------------------------------------------------------------------------------

CAPSULE_VAR = Path(env.str("CAPSULE_VAR", default=str(BASE_DIR / "var"))).resolve()
# What the environment does not say, that folder's file may: every command of this site then knows it.
for _name, _value in kept_environment(CAPSULE_VAR).items():
    env.ENVIRON.setdefault(_name, _value)
HOST = env.str("HOST", default="") or "127.0.0.1"
PORT = env.str("PORT", default="").strip() or "8000"
DEBUG = _flag("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_key_in(CAPSULE_VAR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# What encrypts secret settings: Fernet keys, the first of which encrypts.
SETTINGS_KEYS = env.list("SETTINGS_KEYS", default=[]) or [settings_key_in(CAPSULE_VAR)]

# Only the machine's own names and the address served on, by default: a guard against DNS rebinding.
_everywhere = ("0.0.0.0", "::", "[::]")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[]) or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *([HOST] if HOST not in ("localhost", "127.0.0.1", "[::1]", "::1", *_everywhere) else []),
]

# The one thing that follows the address. TLS is assumed everywhere but on the machine's own address;
# CAPSULE_TLS=0 says out loud that there is none.
CAPSULE_BEHIND_PROXY = _flag("CAPSULE_BEHIND_PROXY", default=False)  # which may pass on any name
CAPSULE_LOCAL = not CAPSULE_BEHIND_PROXY and all(_is_own_address(host) for host in [HOST, *ALLOWED_HOSTS])
CAPSULE_TLS = _flag("CAPSULE_TLS", default=not CAPSULE_LOCAL)
CAPSULE_STATES = DEBUG  # every state of every widget at /_states/: for who works on them, and for the suites
CAPSULE_DEV = _flag("CAPSULE_DEV", default=False)  # what `make dev` starts: errors are shown in the page
if CAPSULE_DEV and not CAPSULE_LOCAL:
    raise ImproperlyConfigured(OWN_ADDRESS_ONLY)
CAPSULE_ALONE = _flag("CAPSULE_ALONE", default=False)  # as it came, without yours: so its own suites try it
CAPSULE_DOUBTS = DEBUG or CAPSULE_DEV  # a slip, most likely, is an error: a key that nothing has, no value
CAPSULE_DEMO = _flag("CAPSULE_DEMO", default=(BASE_DIR / "demo" / "apps.py").is_file())

# What is installed ----------------------------------------------------------------------------------

_house = [
    "capsule",  # first: it reads the declarations that all others derive from
    "accounts",
    "live",
    "collections_app",
    "collections_app.storage",
    "settings_app",
    "handlers",
    "conversations",
    "pages",
    "declared",
    *(["demo"] if CAPSULE_DEMO else []),
]
_libraries = [
    "capsule_site.apps.SiteAdminConfig",
    "capsule_site",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "capsule_site.apps.DaphneConfig",  # before staticfiles, whose runserver it replaces
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "collections_app.tables2.TablesConfig",  # django-tables2
    "axes",
    "csp",
]
INSTALLED_APPS = [
    *_house,
    # Your applications stand here: `manage.py startcapsule` adds its line above this one.
    *_libraries,
]
# What capsule_site/ has of your own goes with your applications.
CAPSULE_PASSED_OVER = ["capsule_site.declarations", "capsule_site.handlers"] if CAPSULE_ALONE else []
if CAPSULE_ALONE:
    INSTALLED_APPS = [*_house, *_libraries]

MIDDLEWARE = [
    "capsule.middleware.EdgeMiddleware",
    *(["capsule_site.dev.middleware.FollowMiddleware"] if CAPSULE_DEV else []),
    "capsule_site.policy.PolicyMiddleware",  # headers first: refusals and redirects carry them too
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "capsule.middleware.RefusalMiddleware",
    "capsule_site.body_limit.BodyLimitMiddleware",
    "capsule_site.static_files.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.IdentityMiddleware",
    "live.middleware.LiveMiddleware",
    "settings_app.middleware.SettingsMiddleware",
    "accounts.middleware.SessionLifetimeMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "conversations.middleware.ConversationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "pages.forms.middleware.FormMiddleware",  # the others see what a form sent as it was sent
    "pages.middleware.PartsMiddleware",  # innermost: what it changes is the view's own answer
]

ROOT_URLCONF = "capsule_site.urls"
ASGI_APPLICATION = "capsule_site.asgi.application"
WSGI_APPLICATION = "capsule_site.wsgi.application"
APPEND_SLASH = False  # addresses answer with and without the slash; a write is never redirected

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pages.context_processors.shell",
                "settings_app.context.settings",
            ],
            "debug": DEBUG or CAPSULE_DEV,  # an error in a template says its line
        },
    },
]

# Data -----------------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{CAPSULE_VAR / 'db.sqlite3'}")}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Threads that answer requests; 0 gives each request its own, as stock Django does.
CAPSULE_WORKER_THREADS = env.int("CAPSULE_WORKER_THREADS", default=4)
_serving = _flag("CAPSULE_SERVING", default=False)
# That one statement may take, 0 for as long as it takes: as migrate, sync and bulk commands may.
CAPSULE_STATEMENT_SECONDS = env.float("CAPSULE_STATEMENT_SECONDS", default=5.0) if _serving else 0.0
CAPSULE_REQUEST_SECONDS = 30.0  # that all data handlers of one request have together
CAPSULE_HANDLERS_AT_ONCE = 4  # that run for one person, or for the visitors of one address, in one process
CAPSULE_EXPORT_SECONDS = env.float("CAPSULE_EXPORT_SECONDS", default=1800.0)  # from the first row to the last
CAPSULE_EXPORTS_AT_ONCE = 4  # on their way to one person
if _serving and CAPSULE_WORKER_THREADS:
    DATABASES["default"]["CONN_MAX_AGE"] = None  # lasting threads keep their connections
_options: dict[str, Any] = DATABASES["default"].setdefault("OPTIONS", {})  # what the URL itself asks for
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    if ":memory:" not in DATABASES["default"]["NAME"]:
        private_file(Path(DATABASES["default"]["NAME"]))
    _options |= {
        # IMMEDIATE: a transaction that reads and then writes never fails with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        # synchronous=FULL: what was acknowledged survives a power cut. No trusted_schema=OFF: SQLite counts
        # its JSON functions as unsafe there (tried with 3.40), which CHECK and generated columns need.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA journal_size_limit=67108864;"
        ),
    }
elif _serving:
    _options["options"] = (
        f"-c statement_timeout={round(CAPSULE_STATEMENT_SECONDS * 1000)} -c lock_timeout=3000 "
        "-c idle_in_transaction_session_timeout=30000"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis ----------------------------------------------------------------------------------------------

# Without it each process keeps its own cache, and its watcher finds in the database what others wrote. No
# layer at all rather than one in memory: nobody can then send by mistake what other processes never hear.
CHANNEL_LAYERS: dict[str, Any] = {}
CACHES: dict[str, Any] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if _redis_url := env.str("REDIS_URL", default=""):
    CHANNEL_LAYERS = redis_address(_redis_url).channel_layers(prefix_from(SECRET_KEY))
    CACHES = redis_address(_redis_url).caches(prefix_from(SECRET_KEY))

# Limits (docs/configuration.md) ---------------------------------------------------------------------

CAPSULE_PAGE_SIZE = 25  # rows a table shows where nothing else is declared
CAPSULE_PAGE_SIZE_LIMIT = 200
CAPSULE_KEPT_ARRANGEMENTS = 1024 * 1024  # bytes of one process: which columns people chose
CAPSULE_KEPT_ORDERS = 8 * 1024 * 1024  # bytes of one process: which rows a filter finds, in which order
# Other services that data handlers may ask: hosts, *.hosts, networks; none unless they are named.
FETCH_ALLOWED = env.list("FETCH_ALLOWED", default=[])
# The demo's other service is a page of this very server: its own address is named, and nothing beside it.
CAPSULE_DEMO_SERVICE = f"{'127.0.0.1' if HOST in _everywhere else HOST}:{PORT}"
if CAPSULE_DEMO:
    FETCH_ALLOWED = [*FETCH_ALLOWED, CAPSULE_DEMO_SERVICE]
FETCH_LIMIT = env.int("FETCH_LIMIT", default=5 * 1024 * 1024)  # bytes of one answer
CAPSULE_KEPT_RESULTS = 16 * 1024 * 1024  # bytes of one process: results of handlers with cache=; 0 keeps none
CAPSULE_RESULT_LIMIT = 10 * 1024 * 1024  # bytes of one data handler's JSON
CAPSULE_KEPT_HTML = 24 * 1024 * 1024  # bytes of one process: tables as they were last drawn; 0 keeps none
CAPSULE_QUERY_STRING_LIMIT = 8 * 1024  # bytes
CAPSULE_SESSION_DATA_LIMIT = 64 * 1024  # bytes
CAPSULE_HISTORY_DAYS = env.int("CAPSULE_HISTORY_DAYS", default=0)  # what prune_history leaves; 0 is all
CAPSULE_FILE_SIZE_LIMIT = 25 * 1024 * 1024  # bytes of a file where its column does not say otherwise
CAPSULE_PENDING_FILES = 100  # that one person has sent within a day and no record has yet
CAPSULE_PENDING_BYTES = 500 * 1024 * 1024  # of these together
CAPSULE_BODY_LIMIT = 0  # bytes, where a view of your own takes more than any form with its files
CAPSULE_CONVERSATION_FILES = 250 * 1024 * 1024  # bytes of the files of one conversation
CAPSULE_CONVERSATION_LIFETIME = 90 * 24 * 3600  # seconds since it was last written to
CAPSULE_MESSAGE_LIMIT = 32 * 1024  # bytes of one message of a person
CAPSULE_MESSAGES_A_MINUTE = 20  # of one person
CAPSULE_TURN_THREADS = 8  # sync message handlers that run at once in one process
CAPSULE_SOCKETS_A_VISITOR = 10  # open at once in one process; the next one's page asks every few seconds
CAPSULE_SOCKETS_AN_ADDRESS = 50  # the same, of visitors who are not signed in: an office has one address
CAPSULE_SOCKET_TOPICS = 200  # that one socket may watch
CAPSULE_SOCKET_FRAMES = 60  # that one socket may send in ten seconds
CAPSULE_SOCKET_FRAME_SIZE = 256 * 1024  # bytes
CAPSULE_LIVE_TOKEN_AGE = 3600  # seconds for which a page may subscribe to what it shows
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",  # of forms of up to 2.5 MB
    "collections_app.files.receiving.BoundedUploadHandler",
]

# People ---------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.AccountBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
]
PASSWORD_RESET_TIMEOUT = 3600  # seconds

SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 12 * 3600  # seconds without a visit
CAPSULE_SESSION_LIFETIME = 7 * 24 * 3600  # seconds since signing in, visits or not
CAPSULE_SESSION_REFRESH = 600  # seconds: a visit prolongs the session at most this often
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "capsule.error_views.csrf_failure"
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Web security: the same on every address ------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

_names = [f"*{host}" if host.startswith(".") else host for host in ALLOWED_HOSTS if host != "*"]
_sockets = [f"wss://{name}" for name in _names] if CAPSULE_TLS else ["ws:"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *_sockets],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "manifest-src": ["'self'"],
        "report-uri": "/csp",
    }
}

# With TLS only ----------------------------------------------------------------------------------------

SESSION_COOKIE_NAME = "__Host-sid" if CAPSULE_TLS else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if CAPSULE_TLS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CAPSULE_TLS
SECURE_SSL_REDIRECT = CAPSULE_TLS
SECURE_REDIRECT_EXEMPT = [r"^health$"]  # asked by whoever watches over this process, beside the proxy
SECURE_HSTS_SECONDS = 31_536_000 if CAPSULE_TLS else 0  # a year
SECURE_HSTS_INCLUDE_SUBDOMAINS = CAPSULE_TLS
SECURE_HSTS_PRELOAD = CAPSULE_TLS
# A proxy that ends TLS must be named, for anybody can send the header.
if CAPSULE_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Without TLS these four would ask for what plain http cannot have: HSTS, the redirect, Secure cookies.
_needs_tls = ["security.W004", "security.W008", "security.W012", "security.W016"]
SILENCED_SYSTEM_CHECKS = [] if CAPSULE_TLS else _needs_tls

# Guessing passwords: a name and an address together are slowed down, an account is never locked.
AXES_HANDLER = "accounts.guessing.GrowingDelays"  # 5 failures are free; then 15 minutes, doubling to 4 hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "accounts.guessing.too_many_attempts"
AXES_CLIENT_IP_CALLABLE = "accounts.guessing.client_address"
AXES_USERNAME_CALLABLE = "accounts.guessing.attempted_name"
AXES_USERNAME_FORM_FIELD = "username"  # what Django's sign-in forms call the e-mail address
AXES_COOLOFF_TIME = timedelta(hours=24)  # after the last failure, all of them are forgotten
AXES_RESET_ON_SUCCESS = AXES_DISABLE_ACCESS_LOG = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # trying again while waiting does not lengthen the wait
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
# How many proxies of ours wrote to X-Forwarded-For; none is believed unless it is said here.
CAPSULE_PROXIES = env.int("CAPSULE_PROXIES", default=int(env.bool("CAPSULE_BEHIND_PROXY", default=False)))

# Words and time ---------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("en-gb", "English (UK)"), ("de", "Deutsch")]  # each by its own name
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["capsule.formats.languages"]  # one clock for each language
USE_I18N = USE_TZ = True
TIME_ZONE = time_zone(env.str("TIME_ZONE", default=""))  # whose own nobody has told, a visitor and a command

# Static files -----------------------------------------------------------------------------------------

FILE_UPLOAD_PERMISSIONS = 0o600  # of collected files too: whatever is written is its owner's alone
STATIC_URL = "/static/"
STATIC_ROOT = CAPSULE_VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "capsule_files": {  # of file columns (docs/files.md): nothing serves this folder as it is
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": CAPSULE_VAR / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "capsule_site.minified.MinifiedStorage"},
}
if CAPSULE_DEV:  # as they were saved, each by itself and asked for anew
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
    WHITENOISE_MAX_AGE = 0
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs our files
DJANGO_TABLES2_TEMPLATE = "collections_app/_table.html"

# Mail and logs ----------------------------------------------------------------------------------------

vars().update(env.email("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="capsule@localhost")
