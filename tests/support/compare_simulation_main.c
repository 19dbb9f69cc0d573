/* The table of docs/comparing.md: compare-simulation [PAIRS]. tools/compare-table.sh puts it there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "compare_simulator.h"

static const struct {
    const char *name;
    struct simulation s;
} designs[] = {
    {"10 segments of 6 s a side (`--live`)", {.runs_a = 10, .runs_b = 10, .seconds = 6}},
    {"4 runs of 60 s a side", {.runs_a = 4, .runs_b = 4, .seconds = 60}},
    {"6 runs of 60 s a side", {.runs_a = 6, .runs_b = 6, .seconds = 60}},
    {"1 run of 60 s against 10", {.runs_a = 10, .runs_b = 1, .seconds = 60, .batches = true}},
    {"1 run of 60 s a side, noise known from 20 earlier runs",
     {.runs_a = 1, .runs_b = 1, .seconds = 60, .batches = true, .history = 20}},
    {"1 run of 60 s a side, noise unknown",
     {.runs_a = 1, .runs_b = 1, .seconds = 60, .batches = true}},
    {"1 run of 180 s a side, noise unknown",
     {.runs_a = 1, .runs_b = 1, .seconds = 180, .batches = true}},
};

static double percent(unsigned part, unsigned whole)
{
    return 100.0 * part / whole;
}

int main(int argc, char **argv)
{
    unsigned pairs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
    if (pairs == 0 || argc > 2) {
        (void)fprintf(stderr, "usage: %s [PAIRS]\n", argv[0]);
        return 2;
    }
    (void)printf("| %u pairs each | the same program called worse | +10 %% found | +20 %% found |\n"
                 "|:--|--:|--:|--:|\n",
                 pairs);
    for (size_t i = 0; i < sizeof(designs) / sizeof(*designs); i++) {
        struct simulation s = designs[i].s;
        s.correlation = 0.8;
        s.deviation = 0.05;
        s.run_deviation = 0.02;
        (void)printf("| %s | %.1f %% | %.1f %% | %.1f %% |\n", designs[i].name,
                     percent(simulate(&s, 1, pairs, 1).worse, pairs),
                     percent(simulate(&s, 1.1, pairs, 2).worse, pairs),
                     percent(simulate(&s, 1.2, pairs, 3).worse, pairs));
        (void)fflush(stdout);
    }
    return 0;
}
