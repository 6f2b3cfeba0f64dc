"""Attacks by the form of a request: what other sites can make a browser send, what addresses hide, what prod tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from graphql import get_introspection_query

from tests.attacks.attack import (
    REQUEST_BYTES_MAX,
    Answer,
    Attack,
    AttackClass,
    Judge,
    got,
    posted,
    refused,
    without,
)

FOREIGN_ORIGIN: Final = "https://evil.example"
CODE: Final = b'{"query":"{ departments { code } }"}'
MUTATIONS: Final = {
    "an export": "mutation { exportMyData { madeAt } }",
    "a withdrawal": "mutation { withdrawConsent(purpose: OUTREACH) { __typename } }",
    "an erasure": "mutation { requestErasure { requests { id } } }",
    "an unlocking": 'mutation { unlockReporter(complaintId: "x", purpose: COMPLAINT_HANDLING) { phone } }',
    "one among queries": "query A { __typename } mutation B { exportMyData { madeAt } }",
}


def hidden_schema(answer: Answer) -> str | None:
    """Nothing about the types of the graph, as a stranger is refused in prod."""
    names = ("Complaint", "unlockReporter", "fields", "possibleTypes")
    data = json.dumps(answer.body.get("data"))
    found = [name for name in names if name in data]
    return f"it was told of {found}" if found else refused("FORBIDDEN", "BAD_REQUEST")(answer)


def no_suggestion(answer: Answer) -> str | None:
    """The mistake is named, and nothing that would have been right."""
    told = [word for word in ("Did you mean", "departments", "complaints", "first", "nodes") if word in answer.text]
    return f"it was told of {told}" if told else refused("BAD_REQUEST", "BAD_INPUT")(answer)


def _introspections() -> Iterator[Attack]:
    rows = {
        "the usual query": get_introspection_query(),
        "with everything": get_introspection_query(specified_by_url=True, input_value_deprecation=True),
        "types": "{ __schema { types { name fields { name } } } }",
        "one type": '{ __type(name: "Citizen") { fields { name } } }',
        "under another name": "{ a: __schema { queryType { fields { name } } } }",
        "in a fragment": "{ ...F } fragment F on Query { __schema { types { name } } }",
        "beside a question": "{ departments { code } __schema { types { name } } }",
        "skipped by a variable": (
            "query ($x: Boolean = false) { __schema @skip(if: $x) { types { name fields { name } } } }"
        ),
    }
    for name, query in rows.items():
        yield Attack(AttackClass.INTROSPECTION, name, hidden_schema, posted(query), in_prod=True)
    path = f"/graphql?query={quote('{__schema{types{name}}}')}"
    yield Attack(AttackClass.INTROSPECTION, "by GET", hidden_schema, method="GET", path=path, in_prod=True)


def _suggestions() -> Iterator[Attack]:
    rows = {
        "a field": "{ department { code } }",
        "a field below": "{ __typename complaint(id: 1) { titel } }",
        "an argument": "{ areas(frist: 1) { __typename } }",
        "a type": "query ($a: ComplaintFiltr) { __typename }",
        "a value of an enum": "{ areaGroups(by: [LEVELL]) { __typename } }",
        "a field of an input": "{ areas(filter: {cod: {eq: 1}}) { __typename } }",
        "a directive": "{ __typename @incude(if: true) }",
        "a fragment's type": "{ ... on Complain { id } }",
    }
    for name, query in rows.items():
        yield Attack(AttackClass.SUGGESTIONS, name, no_suggestion, posted(query), in_prod=True)
    variables = {"f": {"cod": {"eq": "x"}}}
    query = "query ($f: AreaFilter) { areas(filter: $f) { __typename } }"
    yield Attack(
        AttackClass.SUGGESTIONS, "a field in variables", no_suggestion, posted(query, variables=variables), in_prod=True
    )


def _addresses() -> Iterator[Attack]:
    for name, mutation in MUTATIONS.items():
        path = f"/graphql?query={quote(mutation)}"
        for role in ("anonymous", "citizen", "officer"):
            named = path + ("&operationName=B" if "query A" in mutation else "")
            yield Attack(AttackClass.GET_MUTATIONS, name, got(405), method="GET", path=named, role=role)


def _forms() -> Iterator[Attack]:
    mutation = posted(MUTATIONS["a withdrawal"])
    boundary = b'--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n%s\r\n--x--\r\n'
    rows = {
        "application/x-www-form-urlencoded": b"query=" + quote(MUTATIONS["a withdrawal"]).encode(),
        "multipart/form-data; boundary=x": boundary % mutation,
        "text/plain": mutation,
        "text/plain; charset=application/json": mutation,
        "application/jsonp": mutation,
        "": mutation,
    }
    for media_type, content in rows.items():
        for role in ("anonymous", "citizen"):
            headers = {"content-type": media_type, "origin": FOREIGN_ORIGIN}
            yield Attack(AttackClass.FOREIGN_FORMS, media_type or "no type", got(415), content, role, headers=headers)


TRICKS: Final = (
    "/static/../settings.py",
    "/static/..%2f..%2fsettings.py",
    "/static/%2e%2e/%2e%2e/settings.py",
    "/static/..%5c..%5csettings.py",
    "/static/....//....//settings.py",
    "/static/%252e%252e%252fsettings.py",
    "/static//etc/passwd",
    "/static/built/../../../var/secret",
    "/static/%00/settings.py",
    "/static/styles.css%00.py",
    "//etc/passwd",
    "/%2e%2e/var/hub.db",
    "/graphql/../metrics/../../var/secret",
    "/static/" + "a" * 8_000,
)


def no_file(answer: Answer) -> str | None:
    """No file of the hub's, whatever the path was taken for."""
    found = [word for word in ("import annotations", "SQLite format", "root:x:", "HUB_SECRET") if word in answer.text]
    return f"a file with {found}" if found else got(400, 404, 405)(answer)


def _paths() -> Iterator[Attack]:
    for path in TRICKS:
        yield Attack(AttackClass.PATHS, path[:40], no_file, method="GET", path=path, headers={})
    # Uploads there are none: a file that is sent is refused before it is read.
    upload = b'--x\r\ncontent-disposition: form-data; name="0"; filename="../../x.py"\r\n\r\nprint()\r\n--x--\r\n'
    multipart = {"content-type": "multipart/form-data; boundary=x"}
    yield Attack(AttackClass.PATHS, "an upload", got(415), upload, headers=multipart)
    yield Attack(AttackClass.PATHS, "an upload elsewhere", got(404, 405), upload, path="/static/x", headers=multipart)


SCRIPTS: Final = (
    "<script>jahat()</script>",
    "<img src=x onerror=jahat()>",
    '<a href="javascript:jahat()">x</a>',
    "<svg onload=jahat()>",
    "</script><script>jahat()</script>",
    '"><iframe srcdoc="jahat">',
    "<p style='background:url(javascript:jahat())'>x</p>",
)
"""They stand in news and complaints of the city that is attacked (`scene`)."""
NEWS: Final = "{ newsArticles(first: 100) { nodes { headline bodyHtml bodyText articleSection image } } }"
COMPLAINTS: Final = "{ complaints(first: 100, orderBy: [{requestedAt: DESC}]) { nodes { description address } } }"


def no_markup(answer: Answer) -> str | None:
    """A page in which nothing of what was asked or answered has become a tag or an attribute."""
    policy = answer.headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy and "script-src 'self'" not in policy:
        return f"the page may run anything: {policy}"
    return without(*SCRIPTS, "<script>jahat", "onerror=jahat()>", "<svg onload")(answer)


def no_html(answer: Answer) -> str | None:
    """JSON, which no browser takes for a page."""
    if not answer.headers["content-type"].startswith("application/json"):
        return f"it came as {answer.headers['content-type']}"
    return None if answer.headers.get("x-content-type-options") == "nosniff" else "a browser may guess its type"


def no_running_html(answer: Answer) -> str | None:
    """HTML of editors without anything that runs; and it is there, so that something was cleaned."""
    nodes = answer.body["data"]["newsArticles"]["nodes"]
    pages = [node["bodyHtml"] or "" for node in nodes]
    found = [page[:200] for page in pages if any(word in page.lower() for word in ("jahat", "javascript:", "onerror"))]
    if found:
        return f"it can run: {found[0]}"
    return None if sum("Sebelum" in page for page in pages) == len(SCRIPTS) else "the articles did not come"


def _scripts() -> Iterator[Attack]:
    for role in ("anonymous", "citizen", "analyst"):
        yield Attack(AttackClass.SCRIPTS, "in news", no_running_html, posted(NEWS), role)
        yield Attack(AttackClass.SCRIPTS, "in complaints", no_html, posted(COMPLAINTS), role)
    for number, script in enumerate(SCRIPTS):
        asked = quote(f'{{ search(text: "{script}") {{ __typename }} }}'.replace('href="', "href='"))
        page = f"/explorer/plain?query={asked}"
        yield Attack(AttackClass.SCRIPTS, f"asked on a page {number}", no_markup, method="GET", path=page, headers={})
    page = f"/explorer/plain?query={quote(NEWS)}"
    yield Attack(AttackClass.SCRIPTS, "news on a page", no_markup, method="GET", path=page, headers={})
    for page in ("/?lang=<script>jahat()</script>", "/explorer/plain?lang=%22%3E%3Cscript%3Ejahat()"):
        yield Attack(AttackClass.SCRIPTS, page[:20], no_markup, method="GET", path=page.replace("<", "%3C"), headers={})


def _odd() -> Iterator[Attack]:
    """What no client sends, and no server may stumble over."""
    rows: dict[str, tuple[bytes, Judge]] = {
        "no UTF-8": (b'{"query":"\xff\xfe"}', refused("BAD_REQUEST", status=400)),
        "half a character": (b'{"query":"{ a(b: \\"\\ud800\\") }"}', got(200, 400)),
        "packed": (b"\x1f\x8b\x08\x00" + b"\x00" * 60, refused("BAD_REQUEST", status=400)),
        "a number": (b"5", refused("BAD_REQUEST", status=400)),
        "nothing": (b"", refused("BAD_REQUEST", status=400)),
        "NaN": (b'{"query":NaN}', refused("BAD_REQUEST", status=400)),
    }
    for name, (content, judge) in rows.items():
        yield Attack(AttackClass.BIG_BODIES, name, judge, content)
    long = f"/graphql?query={quote('{ departments { code } }')}&x=" + "x" * (REQUEST_BYTES_MAX - 200)
    yield Attack(AttackClass.BIG_BODIES, "a long address", got(200, 414), method="GET", path=long)
    lied = {"content-type": "application/json", "content-encoding": "gzip"}
    yield Attack(
        AttackClass.BIG_BODIES, "a bomb that says it is packed", got(400, 415), b"\x1f\x8b" + b"0" * 100, headers=lied
    )
    yield Attack(AttackClass.BIG_BODIES, "many parameters", got(400), method="GET", path="/graphql?" + "a=1&" * 10_000)


WIRE: Final[list[Attack]] = [
    *_introspections(),
    *_suggestions(),
    *_addresses(),
    *_forms(),
    *_paths(),
    *_scripts(),
    *_odd(),
]
