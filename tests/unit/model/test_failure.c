#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <ctype.h>
#include <string.h>

#include "model/failure.h"

/* The closed lists as result files know them: a change here breaks old files. */
static const char *const failures[CT_FAILURE_COUNT] = {
    "ok",
    "connect_refused",
    "unreachable",
    "dns",
    "connect_timeout",
    "tls_untrusted",
    "tls_expired",
    "tls_name",
    "tls_handshake",
    "timeout",
    "reset_before_response",
    "reset_in_body",
    "truncated",
    "closed_before_response",
    "closed_on_reuse",
    "protocol_error",
    "header_too_large",
    "body_too_large",
    "http_status",
    "bad_answer",
    "gen_fd",
    "gen_ports",
    "gen_memory",
};
static const char *const skips[CT_SKIP_COUNT] = {"late", "stall", "in_flight", "stopped"};

Test(failure, every_class_has_its_name_and_is_found_by_it)
{
    for (int f = 0; f < CT_FAILURE_COUNT; f++) {
        cr_assert_str_eq(ct_failure_name((enum ct_failure)f), failures[f]);
        cr_assert(eq(int, ct_failure_parse(failures[f]), f));
    }
    for (int s = 0; s < CT_SKIP_COUNT; s++) {
        cr_assert_str_eq(ct_skip_name((enum ct_skip)s), skips[s]);
        cr_assert(eq(int, ct_skip_parse(skips[s]), s));
    }
}

Test(failure, other_names_are_none)
{
    static const char *const bad[] = {"", "OK", "dns ", " dns", "time", "timeouts", "late"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_assert(eq(int, ct_failure_parse(bad[i]), -1), "%s", bad[i]);
    cr_assert(eq(int, ct_skip_parse("timeout"), -1));
    cr_assert(eq(int, ct_skip_parse(""), -1));
}

Test(failure, every_class_has_a_meaning_of_its_own)
{
    for (int f = 0; f < CT_FAILURE_COUNT; f++) {
        const char *meaning = ct_failure_meaning((enum ct_failure)f);
        cr_assert(strlen(meaning) > 10 && meaning[strlen(meaning) - 1] != '.', "%s", failures[f]);
        for (int g = 0; g < f; g++)
            cr_assert(strcmp(meaning, ct_failure_meaning((enum ct_failure)g)) != 0, "%s", meaning);
    }
}
