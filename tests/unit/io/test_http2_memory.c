#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <string.h>

#include "io/http2_memory.h"

static struct ct_h2_memory m;

static void *take(size_t size)
{
    void *bytes = m.mem.malloc(size, &m);
    cr_assert(zero(uptr, (uintptr_t)bytes % _Alignof(max_align_t)));
    memset(bytes, 0xa5, size);
    return bytes;
}

Test(http2_memory, what_was_freed_is_given_again_for_its_size_only)
{
    ct_h2_memory_init(&m);
    void *a = take(33), *b = take(64);
    m.mem.free(a, &m);
    cr_assert(eq(ptr, take(64), a)); /* 33 and 64 are one class */
    m.mem.free(a, &m);
    void *c = take(65);
    cr_assert(ne(ptr, c, a));
    m.mem.free(b, &m);
    void *d = take(32);
    cr_assert(ne(ptr, d, b));
    m.mem.free(c, &m);
    m.mem.free(d, &m);
    m.mem.free(NULL, &m);
    ct_h2_memory_release(&m);
}

Test(http2_memory, calloc_is_zero_also_the_second_time)
{
    ct_h2_memory_init(&m);
    m.mem.free(take(100), &m);
    char *bytes = m.mem.calloc(10, 10, &m);
    for (int i = 0; i < 100; i++)
        cr_assert(zero(int, bytes[i]));
    cr_assert(eq(ptr, m.mem.calloc(SIZE_MAX / 2, 3, &m), NULL));
    m.mem.free(bytes, &m);
    ct_h2_memory_release(&m);
}

Test(http2_memory, realloc_keeps_what_was_there)
{
    ct_h2_memory_init(&m);
    char *bytes = take(10);
    strcpy(bytes, "123456789");
    char *same = m.mem.realloc(bytes, 32, &m);
    cr_assert(eq(ptr, same, bytes)); /* there was room */
    char *larger = m.mem.realloc(bytes, 5000, &m);
    cr_assert(zero(int, strcmp(larger, "123456789")));
    m.mem.free(larger, &m); /* malloc's again */
    ct_h2_memory_release(&m);
}
