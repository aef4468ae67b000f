"""Asks the real keystonemiddleware what it does with nova's service token.

    judge.py

Reads one receiver per line of JSON from standard input, answers with one line
of JSON each, and ends with its input. It runs in any environment that has
keystonemiddleware; which version that is decides part of the answer.

A receiver is a service with its configuration files:

    {"id": "...", "service": "cinder",
     "sources": [{"file": "/..."}, {"dir": "/..."}],
     "paste": {"option": "value"} or null, "env": {"NAME": "value"},
     "tokens": {"user": "...", "expired_user": "...", "service": "..."}}

Three requests go through it: a valid user token with the service token (a), an
expired user token with the service token (b), and the valid user token alone
(c). Each is made by a new fork that starts the service from nothing, as a
freshly started process would be: its own oslo.config, its own environment, no
token in a cache. A fork that hangs is ended and reported as such.

Nothing is judged here but by the middleware itself: the answer holds what the
application behind it was told.

With "op": "send" the service is a sender instead: the answer holds the service
token that its [service_user] gives, as nova fetches it, or why there is none.
"""

import importlib.metadata
import io
import json
import logging
import os
import select
import signal
import sys
import time
import traceback
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from keystoneauth1 import loading
    from keystonemiddleware import auth_token
    from oslo_config import cfg

# One request of the middleware may take a few retries towards a Keystone that
# is not there.
SECONDS = 20

# These read [service_user] themselves, so their [keystone_authtoken] may take
# its credentials from there.
WITH_SERVICE_USER = ("nova", "cinder", "cyborg")

# These hand the middleware their own configuration instead of letting it look:
# ironic/api/app.py, placement/deploy.py.
WITH_OWN_CONFIGURATION = ("ironic", "placement")

REQUESTS = {
    "a": ("user", "service"),
    "b": ("expired_user", "service"),
    "c": ("user", None),
}


def main():
    # Looking for plugins takes longer than starting a service, and what is
    # found stays in the process that forks.
    loading.get_plugin_loader("password")
    for line in sys.stdin:
        question = json.loads(line)
        if question.get("op") == "versions":
            answer = versions()
        elif question.get("op") == "send":
            answer = Fork(lambda: service_token(question)).result(time.monotonic() + SECONDS)
        else:
            answer = judge(question)
        print(json.dumps(answer), flush=True)


def versions():
    names = ("keystonemiddleware", "keystoneauth1", "oslo.config")
    answer = {name: importlib.metadata.version(name) for name in names}
    answer["python"] = ".".join(str(part) for part in sys.version_info[:3])
    return answer


def judge(question):
    answer = {
        "id": question["id"],
        "middleware": importlib.metadata.version("keystonemiddleware"),
        "start_error": None,
    }
    forks = {
        name: Fork(lambda tokens=tokens: attempt(question, *tokens))
        for name, tokens in REQUESTS.items()
    }
    deadline = time.monotonic() + SECONDS
    for name, fork in forks.items():
        told = fork.result(deadline)
        answer["start_error"] = told.pop("start_error") or answer["start_error"]
        answer[name] = told
    return answer


class Fork:
    """One freshly started service, in a process of its own."""

    def __init__(self, work):
        self.reader, writer = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            try:
                os.close(self.reader)
                result = work()
                with open(writer, "w", encoding="utf-8") as pipe:
                    json.dump(result, pipe)
            except BaseException:
                traceback.print_exc()
            os._exit(0)
        os.close(writer)

    def result(self, deadline):
        text = b""
        while True:
            left = max(0, deadline - time.monotonic())
            if not select.select([self.reader], [], [], left)[0]:
                os.kill(self.child, signal.SIGKILL)
                text = b""
                error = f"Timeout: no answer within {SECONDS} seconds"
                break
            part = os.read(self.reader, 65536)
            if not part:
                error = "Harness: the request gave no result"
                break
            text += part
        os.close(self.reader)
        os.waitpid(self.child, 0)
        return json.loads(text) if text else outcome(error=error)


def outcome(start_error=None, error=None, http=None, headers=None, log=()):
    headers = headers or {}
    return {
        "start_error": start_error,
        "http": http,
        "error": error,
        "user": headers.get("HTTP_X_IDENTITY_STATUS"),
        "service": headers.get("HTTP_X_SERVICE_IDENTITY_STATUS"),
        "roles": split(headers.get("HTTP_X_ROLES")),
        "service_roles": split(headers.get("HTTP_X_SERVICE_ROLES")),
        "log": list(log),
    }


def split(names):
    return names.split(",") if names else []


def service_token(question):
    """What nova puts into X-Service-Token: the token, or nothing."""
    os.environ.update(question.get("env") or {})
    answer = {"token": None, "error": None}
    try:
        read_configuration(question)
        if cfg.CONF.service_user.send_service_user_token:
            auth = loading.load_auth_from_conf_options(cfg.CONF, "service_user")
            if auth is None and question["service"] == "cinder":
                # cinder/service_auth.py; nova and cyborg go on without.
                answer["error"] = "ServiceUserTokenNoAuth"
            elif auth is not None:
                session = loading.load_session_from_conf_options(cfg.CONF, "service_user")
                answer["token"] = auth.get_token(session)
    except (Exception, SystemExit) as error:
        answer["error"] = describe(error)
    return answer


def attempt(question, user, service):
    log = keep_log()
    os.environ.update(question.get("env") or {})
    seen = {}

    def application(environ, start_response):
        if question["service"] == "swift" and not is_for_swift(environ):
            start_response("401 Unauthorized", [("Content-Length", "0")])
            return [b""]
        seen.update(environ)
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    try:
        middleware = start(question, application)
    except (Exception, SystemExit) as error:
        return outcome(start_error=describe(error), log=log)
    try:
        http = send(middleware, question["tokens"], user, service)
    except Exception as error:
        return outcome(error=describe(error), log=log)
    return outcome(http=http, headers=seen, log=log)


def start(question, application):
    """Starts the service: reads its configuration, builds its pipeline."""
    service, paste = question["service"], question.get("paste") or {}
    if service == "swift":
        # It has no oslo.config: nothing is read but what the filter hands over.
        return auth_token.filter_factory({}, **paste)(application)
    if service in WITH_OWN_CONFIGURATION:
        own = cfg.CONF if service == "ironic" else cfg.ConfigOpts()
        read_configuration(question, own)
        return auth_token.AuthProtocol(application, {"oslo_config_config": own})
    if service == "cyborg":
        # cyborg/common/config.py, since its fixes of 2026.
        required = "service_token_roles_required"
        cfg.CONF.set_default(required, True, group="keystone_authtoken")
    read_configuration(question)
    if service in ("octavia", "cyborg"):
        # octavia/api/app.py has no paste file. The factory in
        # cyborg/api/middleware/auth_token.py passes on the global part of its
        # own, and nothing of the filter's section.
        return auth_token.AuthProtocol(application, {})
    return auth_token.filter_factory({}, **paste)(application)


def is_for_swift(environ):
    """Whether swift takes the request for somebody's, as its
    KeystoneAuth._keystone_identity does: else it answers 401 by itself.
    """
    return environ.get("HTTP_X_IDENTITY_STATUS") == "Confirmed" and environ.get(
        "HTTP_X_SERVICE_IDENTITY_STATUS"
    ) in (None, "Confirmed")


def read_configuration(question, conf=cfg.CONF):
    """Registers what the service registers, then reads its files."""
    if question["service"] in WITH_SERVICE_USER:
        switch = cfg.BoolOpt("send_service_user_token", default=False)
        cfg.CONF.register_opt(switch, group="service_user")
        loading.register_session_conf_options(cfg.CONF, "service_user")
        loading.register_auth_conf_options(cfg.CONF, "service_user")
    arguments = []
    for source in question["sources"]:
        for kind, path in source.items():
            arguments += [f"--config-{kind}", path]
    conf(arguments, project=question["service"], prog=question["service"])


def send(middleware, tokens, user, service):
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "HTTP_X_AUTH_TOKEN": tokens[user],
    }
    if service is not None and tokens.get(service) is not None:
        environ["HTTP_X_SERVICE_TOKEN"] = tokens[service]
    statuses = []
    middleware(environ, lambda status, *_: statuses.append(status))
    return int(statuses[-1].split()[0])


def describe(error):
    return f"{type(error).__name__}: {error}"


def keep_log():
    """What the middleware logs, for a person who wonders about an answer."""
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(f"{record.levelname}: {record.getMessage()}")

    logger = logging.getLogger("keystonemiddleware")
    logger.addHandler(Keep(logging.INFO))
    logger.setLevel(logging.INFO)
    return lines


if __name__ == "__main__":
    main()
