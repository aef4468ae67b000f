"""Serves an application behind the real keystonemiddleware on 127.0.0.1.

    receiver_server.py CONFIG

The filter reads [keystone_authtoken] of CONFIG once, as a service does when it
starts. Whatever passes it is answered with 200. When it listens, one line of
JSON with its port is printed; it ends when its standard input ends.
"""

import json
import os
import sys
import threading

from keystonemiddleware import auth_token
from oslo_config import cfg
from wsgiref import simple_server


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b"{}"]


def main():
    conf = cfg.ConfigOpts()
    conf(["--config-file", sys.argv[1]], project="cinder", default_config_dirs=[])
    protected = auth_token.AuthProtocol(application, {"oslo_config_config": conf})
    server = simple_server.make_server("127.0.0.1", 0, protected, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
