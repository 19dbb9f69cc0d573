/* A result document from anywhere: refused with one line, or read with its promises kept. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "store/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_row(void *ctx, const struct ct_result_row *row)
{
    ++*(uint64_t *)ctx;
    assert(row->request_start_ns <= row->request_end_ns);
    assert(!row->has_server || row->server_start_ns <= row->server_end_ns);
}

static void on_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    (void)ctx;
    for (size_t i = 0; i < snapshot->n_servers; i++)
        assert(strlen(snapshot->servers[i].host) > 0);
}

static void on_execution(void *ctx, const struct ct_result_head *head)
{
    assert(head->rows == *(uint64_t *)ctx);
    assert(memchr(head->test_case_name, '\0', sizeof(head->test_case_name)) != NULL);
    *(uint64_t *)ctx = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t rows = 0;
    struct ct_err err = {0};
    struct ct_result_handler handler = {on_row, on_snapshot, on_execution, &rows};
    int rc = ct_result_parse((const char *)data, size, "f", &handler, &err);
    assert(rc == 0 ||
           (rc == CT_EUSAGE && strncmp(err.msg, "f:", 2) == 0 && strchr(err.msg, '\n') == NULL));
    return 0;
}
