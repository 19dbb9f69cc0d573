#include "report/comparison.h"

/* Text in XML 1.0: markup escaped, control characters, which it cannot hold, as '?'. */
static void put_xml(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            (void)fputs("&amp;", to);
            break;
        case '<':
            (void)fputs("&lt;", to);
            break;
        case '>':
            (void)fputs("&gt;", to);
            break;
        case '"':
            (void)fputs("&quot;", to);
            break;
        default:
            (void)fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, to);
        }
    }
}

struct counts {
    size_t tests, failures, errors, skipped;
};

static bool is_skipped(const struct ct_comparison *c, const struct ct_compare_result *r)
{
    return r->status == CT_COMPARE_UNCLEAR || r->status == CT_COMPARE_NONE ||
           (r->status == CT_COMPARE_WORSE && c->verdict != CT_COMPARISON_WORSE);
}

static struct counts count(const struct ct_comparison *c)
{
    bool invalid = c->verdict == CT_COMPARISON_INVALID;
    struct counts n = {.tests = invalid, .errors = invalid};
    for (size_t i = 0; i < c->n_points; i++)
        for (int m = 0; m < CT_COMPARE_METRICS; m++) {
            const struct ct_compare_result *r = &c->points[i].results[m];
            if (!r->decides)
                continue;
            n.tests++;
            n.skipped += is_skipped(c, r);
            n.failures += r->status == CT_COMPARE_WORSE && !is_skipped(c, r);
        }
    return n;
}

static void put_result(FILE *to, const struct ct_comparison *c, const struct ct_compare_point *p,
                       enum ct_compare_metric m)
{
    const struct ct_compare_result *r = &p->results[m];
    char a[CT_UNIT_TEXT], b[CT_UNIT_TEXT], change[CT_UNIT_TEXT];
    (void)fputs("    <testcase classname=\"", to);
    put_xml(to, p->test_case);
    if (p->load > 0)
        (void)fprintf(to, " load %.10g", p->load);
    (void)fprintf(to, "\" name=\"%s\">", ct_compare_metrics[m].name);
    (void)ct_compare_value_text(m, r->a, a);
    (void)ct_compare_value_text(m, r->b, b);
    (void)ct_compare_change_text(m, r->change, change);
    if (is_skipped(c, r))
        (void)fprintf(to, "<skipped message=\"%s: %s -&gt; %s (%s)\"/>",
                      ct_compare_status_name(r->status), a, b, change);
    else if (r->status == CT_COMPARE_WORSE)
        (void)fprintf(to, "<failure type=\"%s\" message=\"%s -&gt; %s (%s)\"/>",
                      ct_severity_name(r->severity), a, b, change);
    else
        (void)fprintf(to, "<system-out>%s: %s -&gt; %s (%s)</system-out>",
                      ct_compare_status_name(r->status), a, b, change);
    (void)fputs("</testcase>\n", to);
}

void ct_print_comparison_junit(FILE *to, const struct ct_comparison *c)
{
    struct counts n = count(c);
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", to);
    (void)fprintf(to,
                  "  <testsuite name=\"ct compare\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                  "skipped=\"%zu\">\n",
                  n.tests, n.failures, n.errors, n.skipped);
    if (n.errors > 0) {
        (void)fputs("    <testcase classname=\"ct compare\" name=\"verdict\"><error message=\"",
                    to);
        put_xml(to, c->sentence);
        (void)fputs("\"/></testcase>\n", to);
    }
    for (size_t i = 0; i < c->n_points; i++)
        for (int m = 0; m < CT_COMPARE_METRICS; m++)
            if (c->points[i].results[m].decides)
                put_result(to, c, &c->points[i], (enum ct_compare_metric)m);
    (void)fputs("    <system-out>", to);
    put_xml(to, c->sentence);
    (void)fputs("</system-out>\n  </testsuite>\n</testsuites>\n", to);
}
