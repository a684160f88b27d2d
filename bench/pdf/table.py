"""Makes a table of the figures: what was done, then how often a second by each peer."""

import json
import sys

PEERS = ["inkseal", "@libpdf/core", "@signpdf", "pyHanko"]

with open(sys.argv[1], encoding="utf-8") as lines:
    figures = [json.loads(line) for line in lines]
rates = {(f["task"], f["file"], f["key"], f["peer"]): f["per_second"] for f in figures}
rows = list(dict.fromkeys((f["task"], f["file"], f["key"]) for f in figures))

print("| a second, one processor | " + " | ".join(PEERS) + " |")
print("|---|" + "---|" * len(PEERS))
for row in rows:
    ours = rates[*row, PEERS[0]]
    cells = [f"{ours:,.0f}"]
    for peer in PEERS[1:]:
        rate = rates.get((*row, peer))
        cells.append(f"{rate:,.1f} (1/{ours / rate:,.1f})" if rate else "")
    print(f"| {' '.join(row)} | " + " | ".join(cells) + " |")
