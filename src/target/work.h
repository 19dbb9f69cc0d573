/* The work itself: what the routes' names say, done the slow way on purpose. */
#ifndef CT_TARGET_WORK_H
#define CT_TARGET_WORK_H

#include <stdint.h>

/* By double recursion: 2 F(n) - 1 calls. n is 1 to 45. */
uint64_t ct_work_fibonacci(uint32_t n);

/* Bubble sort, ascending: n(n-1)/2 comparisons of some six cycles, whatever the order was. */
void ct_work_sort(uint32_t *a, uint32_t n);

/* Fill an array n, n-1, ..., 1 and bubble-sort it ascending, with as many swaps as comparisons.
 * Returns the first element, so that the work cannot be left out. */
uint32_t ct_work_bubble_sort(uint32_t n);

#endif
