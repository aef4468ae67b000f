"""Serves a real glance-api on 127.0.0.1 for as long as standard input is open.

    glance_server.py DIRECTORY

DIRECTORY holds its glance-api.conf, which must name a SQLite database that is
not there yet; the schema is made first, by glance's own migrations. The
application is the one that a web server would load (glance.wsgi.api). When it
listens, one line of JSON with its port is printed; it ends when its standard
input ends.
"""

import json
import os
import sys
import threading
from wsgiref import simple_server


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def make_schema(configuration):
    """In a fork, since glance's options can be read only once per process."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            from glance.cmd import manage

            sys.argv = ["glance-manage", "--config-file", configuration, "db", "sync"]
            code = manage.main() or 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit("making the schema failed")


def main():
    directory = sys.argv[1]
    sys.argv[1:] = []
    # glance logs to standard output, where only the port is to be.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    make_schema(os.path.join(directory, "glance-api.conf"))
    os.environ["OS_GLANCE_CONFIG_DIR"] = directory

    from glance.common import wsgi_app

    application = wsgi_app.init_app()
    server = simple_server.make_server("127.0.0.1", 0, application, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), file=answers, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
