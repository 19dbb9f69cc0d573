/*
 * The library that draws, loaded when something is drawn: it stands beside the program, or where
 * "cmake --install" puts it.
 */
#ifndef CT_SERVICES_CHARTS_H
#define CT_SERVICES_CHARTS_H

#include "base/err.h"
#include "chart/chart.h"

/* It stays loaded. CT_EFAIL says what is missing. */
int ct_charts_load(const struct ct_charts **out, struct ct_err *err);

#endif
