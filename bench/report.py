"""What a section found: rows for the table of figures, a table of details, notes."""

import json
import os

from analysis import median
from rounds import Failed, NotMeasurable

REACHED, MISSED, PRINTED = "reached", "**missed**", "printed"
NOT_BUILT, NOT_HERE, FAILED = "not built yet", "not measurable here", "failed"


def number(x):
    if x is None:
        return "-"
    if isinstance(x, str):
        return x
    if x == 0 or abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:.3g}" if abs(x) < 100 else f"{x:.0f}"


def interval(i):
    return f"{number(i.median)} ({number(i.low)} to {number(i.high)})"


def judged(value, limit):
    return REACHED if value <= limit else MISSED


def judged_interval(i, limit):
    """By the median; '?' when the limit lies inside the interval."""
    return judged(i.median, limit) + ("?" if i.low <= limit < i.high else "")


class Report:
    def __init__(self, columns=()):
        self.rows, self.columns, self.lines, self.notes = [], list(columns), [], []

    def row(self, what, figure, measured, again, verdict):
        """again: the A/A of this row, or None where the row compares nothing."""
        self.rows.append([what, figure, measured, again or "", verdict])

    def ratio(self, what, figure, limit, found, again):
        self.row(what, figure, interval(found), interval(again) if again else None,
                 judged_interval(found, limit))

    def measured(self, what, figure, limit, values, unit=""):
        """The median of some runs, and how far they went. limit None: printed."""
        known = [v for v in values if v is not None]
        if not known:
            raise NotMeasurable("withheld, skipped or failed in each run")
        middle = median(known)
        self.row(what, figure, f"{number(middle)} {unit} ({number(min(known))} to "
                 f"{number(max(known))})".replace("  ", " "), None,
                 PRINTED if limit is None else judged(middle, limit))

    def attempt(self, what, function, *args):
        """A part that cannot be measured takes no other part with it."""
        try:
            function(*args)
        except NotMeasurable as e:
            self.row(what, "", str(e), None, NOT_HERE)
        except Failed as e:
            self.row(what, "", str(e)[:300].replace("\n", " "), None, FAILED)

    def line(self, *cells):
        self.lines.append([number(c) for c in cells])

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def save(self, path, about):
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"about": about, "rows": self.rows, "columns": self.columns,
                       "lines": self.lines, "notes": self.notes}, f, indent=1)


def table(columns, lines):
    out = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    out += ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
    return out


def compose(folder, sections, machine, commit):
    """The text of RESULTS.md, of what was saved for each section, whenever that was."""
    saved = {}
    for name, _ in sections:
        path = os.path.join(folder, name + ".json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                saved[name] = json.load(f)
    out = ["# Results of `make bench`", "", "How to read this: [README.md](README.md).", ""]
    out += table(["", ""], [[k, v] for k, v in machine.items()]) + [""]
    out += ["## Figures", ""]
    out += table(["what", "figure", "measured", "A/A", "verdict"],
                 [row for name, _ in sections if name in saved for row in saved[name]["rows"]])
    missing = [name for name, _ in sections if name not in saved]
    if missing:
        out += ["", "Not run: " + ", ".join(missing) + "."]
    for name, title in sections:
        if name in saved:
            out += section(name, title, saved[name], commit, machine)
    return "\n".join(out) + "\n"


def section(name, title, saved, commit, machine):
    about = saved["about"]
    other_commit = f", commit {about['commit']}" if about["commit"] != commit else ""
    other_machine = f", on {about['machine']}" if about["machine"] != machine["machine"] else ""
    out = ["", f"## {title}", "",
           f"`{name}`: {about['mode']}, {about['begun']}{other_commit}{other_machine}."]
    if saved["lines"]:
        out += [""] + table(saved["columns"], saved["lines"])
    if saved["notes"]:
        out += [""] + [f"- {note}" for note in saved["notes"]]
    return out
