"""Logs in to the admin as `ada` and saves labels, one after the other, each under a value of its own.

usage: saver.py URL PASSWORD COUNT FILE [SESSION]

With SESSION, a file, the cookies of an earlier run are taken from there, or kept there for the next one.

Appends the value of each save that was acknowledged to FILE, and prints how many there were. A count of 0 saves until the server has stopped. Values of
saves whose answer said that nothing was changed, or that it is not known, are appended to FILE.refused and FILE.unknown.
"""

import http.client
import http.cookies
import json
import os
import sys
import urllib.parse


class Browser:
    """Keeps cookies, and one connection."""

    def __init__(self, url):
        self.host = urllib.parse.urlsplit(url).netloc
        self.cookies = {}
        self.connection = http.client.HTTPConnection(self.host, timeout=60)

    def send(self, method, path, fields=None):
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            token = next(value for name, value in self.cookies.items() if name.endswith("csrftoken"))
            body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        for header in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return answer.status, answer.read().decode()


def log_in(browser, password, session):
    """Takes the cookies of an earlier run, else logs in."""
    if session and os.path.exists(session):
        with open(session) as kept:
            browser.cookies = json.load(kept)
        return
    browser.send("GET", "/admin/login/")
    status, page = browser.send("POST", "/admin/login/", {"username": "ada", "password": password})
    if status != 302:
        sys.exit(f"the login was answered with {status}: {page[:500]}")
    if session:
        with open(session, "w") as kept:
            json.dump(browser.cookies, kept)


def main():
    url, password, count, path = sys.argv[1:5]
    browser = Browser(url)
    log_in(browser, password, sys.argv[5] if len(sys.argv) > 5 else None)
    acknowledged = number = 0
    prefix = f"{os.getpid()}-{os.urandom(4).hex()}"
    with open(path, "a") as done, open(f"{path}.refused", "a") as refused, open(f"{path}.unknown", "a") as unknown:
        while number < int(count) or count == "0":
            number += 1
            value = f"{prefix}-{number}"
            fields = {"name": "saved", "value": value, "description": "", "_save": "Save"}
            try:
                status, page = browser.send("POST", "/admin/sla/label/add/", fields)
            except (OSError, http.client.HTTPException):
                # The answer never came: nothing was said of this save.
                break
            if status == 302:
                acknowledged += 1
                print(value, file=done, flush=True)
            elif "not known" in page:
                print(value, file=unknown, flush=True)
            else:
                print(value, file=refused, flush=True)
    print(acknowledged)


main()
