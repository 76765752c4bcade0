"""A peer of bench/peers: what the original did for the page, a put and an open, on its stack, Flask and gunicorn.

Its table has no index on the key, each step has a connection of its own, and a key is looked for among all keys,
which are fetched.  MySQLdb is the fastest client there is for it.  The text is our own, `@name@` where something
changes, in one language; no header is set.  PAGES names its folder, SOCKET the database's, MARIADB_PASSWORD its password.
"""
import contextlib
import datetime
import os
import pathlib
import re
import secrets
import string

import flask
import MySQLdb

app = flask.Flask(__name__)
LETTERS = string.ascii_letters + string.digits
FIELDS = ("key", "name", "email", "time", "content", "tips")


def template(name):
    text = pathlib.Path(os.environ["PAGES"], name + ".zh-CN").read_text(encoding="utf-8")
    env = app.jinja_env.overlay(autoescape=True)
    return env.from_string(re.sub(r"@(\w+)@", r"{{ \1 }}", text))


PAGES = {name: template(name) for name in ("put", "done", "opened")}


@contextlib.contextmanager
def cursor():
    with contextlib.closing(MySQLdb.connect(unix_socket=os.environ["SOCKET"], user="bench", db="original",
                                            passwd=os.environ["MARIADB_PASSWORD"], charset="utf8mb4")) as connection:
        yield connection.cursor()
        connection.commit()


def all_keys():
    with cursor() as rows:
        rows.execute("SELECT `key` FROM Capsule")
        return [key for key, in rows.fetchall()]


def field(rows, name, key):
    rows.execute("SELECT `%s` FROM Capsule WHERE `key` = %%s" % name, (key,))
    return rows.fetchone()[0]


def new_key():
    taken = all_keys()
    while True:
        key = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(5))
        if key not in taken:
            return key


@app.get("/put")
def page():
    time = datetime.datetime.now() + datetime.timedelta(days=365)
    return PAGES["put"].render(once=secrets.token_urlsafe(32), time=time.strftime("%Y-%m-%dT%H:%M"))


@app.post("/put")
def put():
    form = {name: flask.request.form.get(name, "") for name in FIELDS}
    form["key"] = new_key()
    with cursor() as rows:
        rows.execute("INSERT INTO Capsule (`key`, name, email, time, content, tips) VALUES (%s, %s, %s, %s, %s, %s)",
                     [form[name] for name in FIELDS])
    return PAGES["done"].render(form)


@app.post("/open")
def open_capsule():
    key = flask.request.form.get("key", "")
    if key not in all_keys():
        return "", 404
    with cursor() as rows:
        is_open = field(rows, "time", key) <= datetime.datetime.now()
    with cursor() as rows:
        found = {name: field(rows, name, key) for name in ("key", "time", "name", "content")}
    if not is_open:
        with cursor() as rows:
            found["content"] = field(rows, "tips", key)
    return PAGES["opened"].render(found)
