"""Open complaints by area: asks the graph and writes the chart complaints.svg. Needs Python 3.9 and no package."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from html import escape
from pathlib import Path

HUB = "http://127.0.0.1:8000"
QUERY = """{
  areas(first: 100, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) {
    nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } }
  }
}"""

key = os.environ.get("SIMPUL_KEY") or sys.exit(f"Put a key into SIMPUL_KEY first: {HUB}/developers gives one.")
request = urllib.request.Request(
    f"{HUB}/graphql",
    data=json.dumps({"query": QUERY}).encode(),
    headers={"X-Api-Key": key, "Content-Type": "application/json"},
)
with urllib.request.urlopen(request, timeout=10) as response:
    answer = json.load(response)
for error in answer.get("errors", []):
    print(error["extensions"]["code"], error["message"])

# A department that is down leaves null behind, and everything else stays.
areas = (answer["data"]["areas"] or {"nodes": []})["nodes"]
counts = {one["name"]: one["complaints"]["totalCount"] for one in areas if one["complaints"]}
most = max(counts.values(), default=0) or 1
rows = [
    f'<text x="140" y="{40 * row + 25}" text-anchor="end">{escape(name)}</text>'
    f'<rect x="150" y="{40 * row + 5}" width="{400 * count / most:.0f}" height="30" fill="#0b6b74"/>'
    f'<text x="{155 + 400 * count / most:.0f}" y="{40 * row + 25}">{count}</text>'
    for row, (name, count) in enumerate(counts.items())
]
chart = f'<svg xmlns="http://www.w3.org/2000/svg" width="620" height="{40 * len(rows) + 10}" font-family="sans-serif">'
Path("complaints.svg").write_text(chart + "".join(rows) + "</svg>", encoding="utf-8")
print(f"{len(counts)} areas, {sum(counts.values())} open complaints: open complaints.svg in a browser")
