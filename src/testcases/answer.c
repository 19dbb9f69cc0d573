#include "testcases/answer.h"

#include "base/clock.h"

void ct_answer_bad(struct ct_judgement *out, const char *detail)
{
    out->failure = CT_FAILURE_BAD_ANSWER;
    out->detail = detail;
    out->has_span = false;
}

bool ct_answer_times(const struct ct_answer *answer, struct ct_json_want *wants, size_t n_wants,
                     struct ct_judgement *out)
{
    if (!ct_json_scan(answer->body, answer->body_len, wants, n_wants)) {
        ct_answer_bad(out, "not a JSON object");
        return false;
    }
    if (wants[0].kind != CT_JSON_STRING || wants[1].kind != CT_JSON_STRING ||
        ct_time_parse(wants[0].text, wants[0].len, &out->server_start_ns) != 0 ||
        ct_time_parse(wants[1].text, wants[1].len, &out->server_end_ns) != 0) {
        ct_answer_bad(out, "no start and end time");
        return false;
    }
    if (out->server_end_ns < out->server_start_ns) {
        ct_answer_bad(out, "it ends before it starts");
        return false;
    }
    out->has_span = true;
    return true;
}

bool ct_answer_span(const struct ct_answer *answer, struct ct_json_want *wants, size_t n_wants,
                    struct ct_judgement *out)
{
    if (answer->status != 200) {
        out->failure = CT_FAILURE_HTTP_STATUS;
        return false;
    }
    return ct_answer_times(answer, wants, n_wants, out);
}
