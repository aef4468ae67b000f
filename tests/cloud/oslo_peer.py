"""Reads configurations with the real oslo.config.

    oslo_peer.py

Each line of standard input is a JSON list of cases, each answered by a JSON
list of results in the same order. A case is

    {"sources": [{"file": "/..."} | {"dir": "/..."}], "env": {"NAME": "value"},
     "ask": [["group", "option"], ...]}

and its result either {"refused": {"class": ..., "line": ..., "file": ...}} or
{"values": [...]}, one for each option asked for: {"value": ...} with the
value's own JSON type ({"float": "..."} for a float, {"int": "..."} for an int),
or {"error": "ExceptionClass"}.

The options are those that the real libraries register; nothing here knows what
they are called or what type they have.
"""

import json
import os
import sys
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from keystoneauth1 import loading
    from keystonemiddleware.auth_token import _opts
    from oslo_config import cfg

PLUGINS = {
    "keystone_authtoken": "password",
    "service_user": "v3password",
    "barbican_service_user": "v3applicationcredential",
}


def registered():
    """A ConfigOpts with what a nova API process would register here."""
    conf = cfg.ConfigOpts()
    conf.register_opts(
        [
            cfg.StrOpt("state_path", default="/var/lib/nova"),
            cfg.StrOpt("username"),
            cfg.BoolOpt("debug_requests", default=False),
            cfg.IntOpt("workers", default=4),
            cfg.FloatOpt("ratio", default=1.5),
            cfg.ListOpt("names", default=["a", "b"]),
        ]
    )
    for group, opts in _opts.list_opts():
        conf.register_opts(opts, group=group)
    for group, plugin in PLUGINS.items():
        if group != "keystone_authtoken":
            loading.register_session_conf_options(conf, group)
        conf.register_opts(loading.get_auth_common_conf_options(), group=group)
        options = loading.get_auth_plugin_conf_options(plugin)
        for option in options:
            # A service registers these after its files were read, when nobody
            # looks for required ones any more.
            option.required = False
        conf.register_opts(options, group=group)
    conf.register_opts([cfg.BoolOpt("send_service_user_token", default=False)], group="service_user")
    return conf


def arguments(sources):
    args = []
    for source in sources:
        for kind, path in source.items():
            args += ["--config-" + kind, path]
    return args


def plain(value):
    """A value as JSON, with numbers as text so that none is rounded."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, list)):
        return {"value": value}
    if isinstance(value, int):
        return {"int": str(value)}
    return {"float": repr(value)}


def read(conf, group, option):
    try:
        # Not conf.option: for [DEFAULT] that hides every error but one.
        return plain(conf._get(option) if group == "DEFAULT" else conf[group][option])
    except Exception as error:
        return {"error": type(error).__name__}


def refusal(error):
    found = {"class": type(error).__name__}
    if isinstance(error, cfg.ConfigFileParseError):
        # "at FILE:LINE, MESSAGE: 'TEXT'" is the only place where they are said.
        said = error.msg.removeprefix(f"at {error.config_file}:")
        found["file"] = error.config_file
        found["line"] = int(said.split(", ", 1)[0])
        found["message"] = said.split(", ", 1)[1].split(": ", 1)[0]
    return {"refused": found}


def answer(conf, case):
    conf.clear()
    before = dict(os.environ)
    os.environ.update(case["env"])
    try:
        try:
            conf(
                args=arguments(case["sources"]),
                project="nothing",
                default_config_files=[],
                default_config_dirs=[],
            )
        except Exception as error:
            return refusal(error)
        return {"values": [read(conf, *asked) for asked in case["ask"]]}
    finally:
        os.environ.clear()
        os.environ.update(before)


def main():
    conf = registered()
    for line in sys.stdin:
        results = [answer(conf, case) for case in json.loads(line)]
        print(json.dumps(results), flush=True)


if __name__ == "__main__":
    import logging

    logging.disable(logging.CRITICAL)
    main()
