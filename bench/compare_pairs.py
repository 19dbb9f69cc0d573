#!/usr/bin/env python3
"""Is "ct compare" right as often as it claims, on this machine?

Measures a target and its 10 % slower form (bubble-sort, n chosen so that it compares 1.1 times as often) in segments, by turns,
then judges pairs of the same form (none should be worse) and pairs across (all should be).

    bench/compare_pairs.py                                  40 and 20 runs of 6 segments of 10 s: an hour
    bench/compare_pairs.py --blocks 3 --segments 4 --seconds 2   a quick look

Prints a table, and how far segments of the same form differ from one to the next: beyond 3 % the row says nothing.
"""
import argparse
import itertools
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

TRIES = 3
MEASURABLE_PERCENT = 3


def start_target(ct):
    target = subprocess.Popen([ct, "target", "--port", "0", "--threads", "1"], stdout=subprocess.PIPE, text=True)
    line = target.stdout.readline()
    if not line.startswith("listening on "):
        sys.exit("the target did not start")
    return target, line.split()[-1]


def segment(options, url, folder):
    """One segment into a file of folder; None when this machine spoilt it again and again."""
    for _ in range(TRIES):
        done = subprocess.run(
            [options.ct, "run", url, "--rate", str(options.rate), "--duration", f"{options.seconds}s", "--results", "none",
             "--storage", str(folder), "--output", "json", "--quiet"],
            capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)["result_file"]
        if done.returncode != 92:
            sys.exit(f"ct run: {done.stderr}")
    return None


def measure(options, url, folder):
    """Blocks of two clean runs and a slow one, whose segments go by turns; lists of files."""
    slow_n = round(options.work * math.sqrt(1.1))
    urls = {"clean": f"{url}/bubble-sort?n={options.work}", "slow": f"{url}/bubble-sort?n={slow_n}"}
    clean, slow = [], []
    for block in range(options.blocks):
        runs = [("clean", []), ("slow", []), ("clean", [])]
        for k in range(options.segments):
            for form, files in runs if k % 2 == 0 else reversed(runs):
                files.append(segment(options, urls[form], folder))
        for form, files in runs:
            (clean if form == "clean" else slow).append([f for f in files if f])
        print(f"block {block + 1} of {options.blocks}", file=sys.stderr)
    return clean, slow


def compare(options, a, b):
    done = subprocess.run([options.ct, "compare", "--baseline", *a, "--candidate", *b, "--force", "--output", "json"],
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 90, 92):
        sys.exit(f"ct compare: {done.stderr}")
    return json.loads(done.stdout)


def judge(options, pairs):
    """Share of pairs called worse, and how the rest was called."""
    said = {}
    deviations = []
    for a, b in pairs:
        c = compare(options, a, b)
        said[c["verdict"]["status"]] = said.get(c["verdict"]["status"], 0) + 1
        deviations += [p["deviation_a_percent"] for p in c["points"] if p["deviation_a_percent"] is not None]
    return said, deviations


def row(name, said):
    count = sum(said.values())
    rest = ", ".join(f"{n} {status}" for status, n in sorted(said.items()) if status != "worse")
    worse = said.get("worse", 0)
    print(f"| {name} | {count} | {100 * worse / max(count, 1):.1f} % | {rest} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ct", default="build/release/ct")
    parser.add_argument("--blocks", type=int, default=20, help="of two clean runs and a slow one")
    parser.add_argument("--segments", type=int, default=6, help="of a run; at least 4")
    parser.add_argument("--seconds", type=int, default=10, help="of a segment")
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--work", type=int, default=8192, help="n of the bubble-sort")
    parser.add_argument("--clean-pairs", type=int, default=200)
    parser.add_argument("--slow-pairs", type=int, default=100)
    options = parser.parse_args()
    options.ct = str(pathlib.Path(options.ct).resolve())
    target, url = start_target(options.ct)
    try:
        with tempfile.TemporaryDirectory() as folder:
            clean, slow = measure(options, url, folder)
            choose = random.Random(1)
            same = list(itertools.permutations(clean, 2))
            across = list(itertools.product(clean, slow))
            same_said, deviations = judge(options, choose.sample(same, min(options.clean_pairs, len(same))))
            slow_said, _ = judge(options, choose.sample(across, min(options.slow_pairs, len(across))))
    finally:
        target.terminate()
        target.wait()
    deviation = sum(deviations) / len(deviations) if deviations else float("nan")
    print(f"| {options.segments} segments of {options.seconds} s a side | pairs | called worse | the rest |\n|:--|--:|--:|:--|")
    row("the same program", same_said)
    row("10 % slower", slow_said)
    print(f"\nA segment of the same program differs by {deviation:.1f} % (service p50, standard deviation)"
          + ("." if deviation <= MEASURABLE_PERCENT else ": not measurable here."))


if __name__ == "__main__":
    main()
