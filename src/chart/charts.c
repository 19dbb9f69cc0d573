#include "chart/chart.h"

const struct ct_charts ct_charts = {
    .bars = ct_chart_bars, .violins = ct_chart_violins, .knee = ct_chart_knee};
