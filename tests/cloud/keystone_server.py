"""Serves a real Keystone on 127.0.0.1 for as long as standard input is open.

    keystone_server.py WORKDIR [--join] [--expiration SECONDS] [--password-days DAYS]

The first process of a WORKDIR sets everything up: configuration, SQLite
database, keys, and what `keystone-manage bootstrap` creates. It reads the
admin's password from the first line of its standard input. With --join a
further process serves the same database and keys on another port, typically
with another --expiration; the catalogue keeps naming the first one.

When it can answer, it prints one line of JSON with its port. It ends when its
standard input ends, so it never outlives the process that started it, and the
first process of a WORKDIR then removes the WORKDIR.

Its answers are those of any Keystone; its speed and safety are not. Password
hashes are as weak as Keystone permits, its cache is in memory (a login takes
15 ms with it and 70 ms without), and requests are served one at a time because
SQLite would have them collide otherwise.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import sys
import threading
import time
import traceback

HOST = "127.0.0.1"

CONFIGURATION = """\
[DEFAULT]
use_stderr = true

[database]
connection = sqlite:///{work}/keystone.sqlite
sqlite_synchronous = false

[cache]
backend = dogpile.cache.memory

[identity]
password_hash_algorithm = bcrypt
password_hash_rounds = 4

[token]
provider = fernet
expiration = {expiration}

[fernet_tokens]
key_repository = {work}/keys/tokens

[fernet_receipts]
key_repository = {work}/keys/receipts

[credential]
key_repository = {work}/keys/credentials
"""

PASSWORDS_EXPIRE = """
[security_compliance]
password_expires_days = {days}
"""


def main():
    arguments = parse_arguments()
    work = os.path.abspath(arguments.work)
    try:
        serve(work, arguments)
    except (KeyboardInterrupt, BrokenPipeError):
        # The caller is gone, or was told to go together with this process.
        pass
    # After any other exception the caller still wants to read the log there.
    if not arguments.join:
        shutil.rmtree(work, ignore_errors=True)
    # Tearing down the interpreter takes most of a second and saves nothing.
    os._exit(0)


def serve(work, arguments):
    started = time.monotonic()
    listener = socket.create_server((HOST, 0))
    port = listener.getsockname()[1]

    configuration = os.path.join(work, f"keystone-{port}.conf")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(work=work, expiration=arguments.expiration))
        if arguments.password_days:
            file.write(PASSWORDS_EXPIRE.format(days=arguments.password_days))

    # Keystone would look for its own options there.
    sys.argv[1:] = []
    if not arguments.join:
        password = sys.stdin.readline().rstrip("\n")
        if not password:
            sys.exit("the admin's password is expected on standard input")
        url = f"http://{HOST}:{port}"
        in_child(lambda: set_up(work, configuration, password, url))

    server = make_server(listener, make_application(work, configuration))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = {"port": port, "seconds": round(time.monotonic() - started, 2)}
    print(json.dumps(ready), flush=True)
    while sys.stdin.readline():
        pass


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("work")
    parser.add_argument("--join", action="store_true")
    parser.add_argument("--expiration", type=int, default=3600)
    parser.add_argument("--password-days", type=int)
    return parser.parse_args()


def in_child(work):
    """Does the work in a fork and waits for it.

    A process can configure Keystone and load its backends only once, and both
    bootstrapping and serving do so. A fork spares the second import.
    """
    import keystone.server.wsgi  # noqa: F401

    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    try:
        _, status = os.waitpid(child, 0)
    except KeyboardInterrupt:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    if status != 0:
        sys.exit("setting up failed")


def set_up(work, configuration, password, url):
    import keystone.server

    keystone.server.configure(config_files=[configuration])
    create_schema(work)
    create_keys()
    bootstrap(password, url)


def create_schema(work):
    from keystone.common.sql import upgrades

    # The mode is kept in the file, so it holds for every later connection.
    with contextlib.closing(sqlite3.connect(f"{work}/keystone.sqlite")) as db:
        db.execute("PRAGMA journal_mode = WAL")
    upgrades.offline_sync_database_to_version()


def create_keys():
    from keystone.common import fernet_utils
    import keystone.conf

    conf = keystone.conf.CONF
    for group in ("fernet_tokens", "fernet_receipts", "credential"):
        repository = conf[group].key_repository
        os.makedirs(repository, mode=0o700)
        keys = fernet_utils.FernetUtils(repository, 3, group)
        keys.initialize_key_repository()


def bootstrap(password, url):
    from keystone.cmd.bootstrap import Bootstrapper

    stock = Bootstrapper()
    stock.admin_username = "admin"
    stock.admin_password = password
    stock.project_name = "admin"
    stock.admin_role_name = "admin"
    stock.service_name = "keystone"
    stock.public_url = stock.internal_url = stock.admin_url = url
    stock.region_id = "RegionOne"
    stock.immutable_roles = True
    stock.bootstrap()


def make_application(work, configuration):
    from keystone.server import wsgi

    os.environ["OS_KEYSTONE_CONFIG_FILES"] = configuration
    return one_at_a_time(wsgi.initialize_public_application(), work)


def one_at_a_time(application, work):
    """Lets one request through at a time, over all processes of WORKDIR."""
    threads = threading.Lock()
    lock = open(os.path.join(work, "requests.lock"), "w")

    def locked(environ, start_response):
        with threads:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                answer = application(environ, start_response)
                try:
                    return [b"".join(answer)]
                finally:
                    if hasattr(answer, "close"):
                        answer.close()
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)

    return locked


def make_server(listener, application):
    from werkzeug import serving

    class Handler(serving.WSGIRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are two writes; without this the second waits for
        # the client's delayed acknowledgement.
        disable_nagle_algorithm = True

    return serving.make_server(
        HOST,
        listener.getsockname()[1],
        application,
        threaded=True,
        request_handler=Handler,
        fd=listener.fileno(),
    )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
