"""Makes a table of the figures: what was done, how often a second and how fast for one."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as lines:
    figures = [json.loads(line) for line in lines]

RATES = ("per_second", "certificates_per_second", "tokens_per_second", "entries_per_second")

print("| what | by | suite | a second | p50 ms | p99 ms |")
print("|---|---|---|---|---|---|")
for figure in figures:
    rate = next((figure[name] for name in RATES if name in figure), None)
    cells = [
        " ".join(str(figure[name]) for name in ("figure", "over") if name in figure),
        figure.get("peer", "inkseal"),
        figure.get("suite", ""),
        "" if rate is None else f"{rate:,.0f}",
        *(str(round(figure[name], 3)) if name in figure else "" for name in ("p50_ms", "p99_ms")),
    ]
    print("| " + " | ".join(cells) + " |")
    if figure.get("failed"):
        print(f"error: {figure['failed']} failed", file=sys.stderr)
        sys.exit(1)
