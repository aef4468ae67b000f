"""Reads configurations with the real oslo.config.

    oslo_peer.py DIRECTORY

DIRECTORY is removed when it ends.

Each line of standard input is a JSON list of cases, each answered by a JSON
list of results in the same order. A case is

    {"sources": [{"file": "/..."} | {"dir": "/..."}], "env": {"NAME": "value"},
     "plugins": [for [keystone_authtoken], for [service_user], for [barbican_service_user]],
     "ask": [["group", "option"], ...]}

where the plugins are the auth plugins whose options are registered in these
sections, and its result either {"refused": {"class": ..., "line": ..., "file": ...}} or
{"values": [...]}, one for each option asked for: {"value": ...} with the
value's own JSON type ({"float": "..."} for a float, {"int": "..."} for an int),
or {"error": "ExceptionClass"}.

A case that has "names" in place of the rest is answered by the names that are
registered with those plugins, [group, name, [old names]] for each option.

The options are those that the real libraries register; nothing here knows what
they are called or what type they have.
"""

import functools
import json
import os
import shutil
import sys
import types
import warnings

# Two plugins need this C library to log in; their options do not.
sys.modules["lxml"] = types.ModuleType("lxml")
sys.modules["lxml"].etree = types.SimpleNamespace(_Element=object)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from keystoneauth1 import loading
    from keystonemiddleware.auth_token import _opts
    from oslo_config import cfg

GROUPS = ["keystone_authtoken", "service_user", "barbican_service_user"]


@functools.cache
def registered(plugins):
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
    conf.register_opts([cfg.BoolOpt("send_service_user_token", default=False)], group="service_user")
    for group, plugin in zip(GROUPS, plugins):
        if group != "keystone_authtoken":
            loading.register_session_conf_options(conf, group)
        conf.register_opts(loading.get_auth_common_conf_options(), group=group)
        options = loading.get_auth_plugin_conf_options(plugin)
        for option in options:
            # A service registers these after its files were read, when nobody
            # looks for required ones any more.
            option.required = False
        conf.register_opts(options, group=group)
    return conf


def names(conf):
    """Every registered option of the groups, with the old names it is read by."""
    return [
        [group.name, info["opt"].dest, [old.name for old in info["opt"].deprecated_opts]]
        for group in conf._groups.values()
        if group.name in GROUPS
        for info in group._opts.values()
    ]


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


def answer(case):
    conf = registered(tuple(case["plugins"]))
    if "names" in case:
        return {"names": names(conf)}
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
        except (Exception, SystemExit) as error:
            return refusal(error)
        return {"values": [read(conf, *asked) for asked in case["ask"]]}
    finally:
        os.environ.clear()
        os.environ.update(before)


def main():
    try:
        for line in sys.stdin:
            results = [answer(case) for case in json.loads(line)]
            print(json.dumps(results), flush=True)
    finally:
        shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    import logging

    logging.disable(logging.CRITICAL)
    main()
