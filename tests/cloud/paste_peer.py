"""Loads paste files with the real PasteDeploy.

    paste_peer.py

Each line of standard input is a JSON object

    {"file": "/...", "application": "main", "strategy": "keystone"}

answered by one line of JSON: {"refused": "ExceptionClass"}, or {"filters":
[{"name": "value"}, ...]}, what keystonemiddleware's factory would be handed
each time it is called, in that order.

Of what the files name only PasteDeploy itself is real. Every factory is
replaced: auth_token's by one that writes down what it gets, OpenStack's
pipeline factories and URL maps by ones that ask the loader for the same things.
"""

import json
import os
import sys

from paste.deploy import loadwsgi

AUTH_TOKEN = "keystonemiddleware.auth_token:filter_factory"


class Loading:
    """One file being loaded."""

    def __init__(self, strategy):
        self.strategy = strategy
        self.filters = []

    def factory(self, name):
        name = "".join(name.split())
        if name == AUTH_TOKEN:
            return self.auth_token
        if "pipeline_factory" in name:
            return self.pipeline
        if "urlmap" in name or "root_app_factory" in name:
            return self.urlmap
        return lambda *_, **__: lambda *_: None

    def auth_token(self, global_conf, **local_conf):
        conf = dict(global_conf)
        conf.update(local_conf)
        self.filters.append(conf)
        return lambda app: app

    def pipeline(self, loader, global_conf, **local_conf):
        names = local_conf[self.strategy].split()
        for name in names[:-1]:
            loader.get_filter(name)
        return loader.get_app(names[-1])

    def urlmap(self, loader, global_conf, **local_conf):
        for name in local_conf.values():
            loader.get_app(name, global_conf=global_conf)
        return lambda *_: None


def load(question):
    loading = Loading(question["strategy"])

    class Entry:
        def __init__(self, value, **_):
            self.value = value
            self.name = value

        def load(self):
            return loading.factory(self.value)

    def in_egg(loader, object_type, name=None):
        text = f"egg:{loader.spec}#{name}"
        known = {"egg:keystonemiddleware#auth_token": AUTH_TOKEN}
        protocol = loadwsgi._flatten(object_type.egg_protocols)[0]
        if "urlmap" in text:
            protocol = "paste.composite_factory"
        return loading.factory(known.get(text.lower(), text)), protocol, name

    loadwsgi.importlib_metadata.EntryPoint = Entry
    loadwsgi.importlib_metadata.distribution = lambda name: None
    loadwsgi.lookup_object = loading.factory
    loadwsgi.EggLoader.find_egg_entry_point = in_egg
    loadwsgi.loadapp("config:" + question["file"], name=question["application"])
    return loading.filters


def answer(question):
    """In a fork: what is replaced above stays replaced."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        with open(writer, "w", encoding="utf-8") as pipe:
            try:
                told = {"filters": load(question)}
            except Exception as error:
                told = {"refused": type(error).__name__}
            json.dump(told, pipe)
            pipe.flush()
            os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as pipe:
        told = pipe.read()
    os.wait()
    return told


for line in sys.stdin:
    print(answer(json.loads(line)), flush=True)
