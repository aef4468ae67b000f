"""Logs in with the real keystoneauth1 and says what became of it.

One question per line of standard input, one answer per line of standard
output. A question is {"text": CONFIG, "section": NAME, "directory": DIR,
"own": BOOL, "called": NAME}: CONFIG is written to a file below DIR, read with a fresh
ConfigOpts, and the plugin of the section is loaded and asked for a token over
the session of the section "called". With "own" that is the same section, and the
session carries the plugin, as the middleware's does, and the plugin is asked for all the headers of a request
of its own. With "load" it is loaded and asked for nothing.

The answer is {"outcome": WORD, "error": CLASS, "status": N, "roles": [...]};
WORD is load-error, no-plugin, loads, login-error, no-token, ok or hang.
"""

import json
import logging
import os
import sys
import tempfile
import threading

from keystoneauth1 import exceptions
from keystoneauth1 import loading
from oslo_config import cfg

# Longer than any login on this machine takes.
PATIENCE = 4


def load(question):
    handle, path = tempfile.mkstemp(suffix=".conf", dir=question["directory"])
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(question["text"])
        conf = cfg.ConfigOpts()
        conf(["--config-file", path], project="nova", default_config_dirs=[])
        section = question["section"]
        loading.register_auth_conf_options(conf, section)
        # nova fetches a service token over the session of the section it calls.
        called = section if question["own"] else question.get("called", section)
        loading.register_session_conf_options(conf, called)
        plugin = loading.load_auth_from_conf_options(conf, section)
        carried = plugin if question["own"] else None
        session = loading.load_session_from_conf_options(conf, called, auth=carried)
        return plugin, session
    finally:
        os.unlink(path)


def login(plugin, session, own, answer):
    try:
        if own:
            token = plugin.get_headers(session)
        else:
            token = plugin.get_token(session)
    except Exception as error:
        answer.update(outcome="login-error", error=type(error).__name__)
        if isinstance(error, exceptions.HttpError):
            answer["status"] = error.http_status
        return
    if not token:
        answer["outcome"] = "no-token"
        return
    roles = []
    if hasattr(plugin, "get_access"):
        roles = plugin.get_access(session).role_names
    answer.update(outcome="ok", roles=sorted(roles))


def ask(question):
    try:
        plugin, session = load(question)
    except Exception as error:
        return {"outcome": "load-error", "error": type(error).__name__}
    if plugin is None:
        return {"outcome": "no-plugin"}
    if question.get("load"):
        return {"outcome": "loads"}
    answer = {"outcome": "hang"}
    arguments = (plugin, session, question["own"], answer)
    thread = threading.Thread(target=login, args=arguments, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return dict(answer)


def main():
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    for line in sys.stdin:
        print(json.dumps(ask(json.loads(line))), flush=True)
    # A login that hangs must not hold the end up.
    os._exit(0)


if __name__ == "__main__":
    main()
