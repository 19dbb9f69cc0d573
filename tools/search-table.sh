#!/bin/sh
# search-table.sh SIMULATE: what the search answers on servers of known capacity, as docs/search-table.md.
set -e
echo '# How good are the answers of a search? The table'
echo
echo 'Made by `make simulate`: 200 seeds a server, 300 s of simulated load a search, 1,000/s at most. What the columns'
echo 'mean, and what was not reached: [search.md](search.md#how-good-is-it).'
echo
"$1" --seeds 200 --first 1 --budget 300 --bisection
