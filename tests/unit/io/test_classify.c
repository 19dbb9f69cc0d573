#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <openssl/x509_vfy.h>

#include "io/classify.h"

Test(classify, what_is_the_generators_own_is_never_the_targets)
{
    static const struct {
        int error;
        enum ct_failure failure;
    } table[] = {{EMFILE, CT_FAILURE_GEN_FD},
                 {ENFILE, CT_FAILURE_GEN_FD},
                 {EADDRNOTAVAIL, CT_FAILURE_GEN_PORTS},
                 {ENOMEM, CT_FAILURE_GEN_MEMORY},
                 {ENOBUFS, CT_FAILURE_GEN_MEMORY}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        cr_assert(eq(int, (int)ct_classify_connect(table[i].error), (int)table[i].failure));
        cr_assert(eq(int, (int)ct_classify_broken(table[i].error, true), (int)table[i].failure));
    }
}

Test(classify, a_connection_that_does_not_come_about_has_its_class)
{
    cr_assert(eq(int, (int)ct_classify_connect(ECONNREFUSED), CT_FAILURE_CONNECT_REFUSED));
    cr_assert(eq(int, (int)ct_classify_connect(ETIMEDOUT), CT_FAILURE_CONNECT_TIMEOUT));
    cr_assert(eq(int, (int)ct_classify_connect(EHOSTUNREACH), CT_FAILURE_UNREACHABLE));
    cr_assert(eq(int, (int)ct_classify_connect(ENETUNREACH), CT_FAILURE_UNREACHABLE));
    cr_assert(eq(int, (int)ct_classify_connect(EINVAL), CT_FAILURE_UNREACHABLE));
}

Test(classify, a_broken_connection_is_told_by_how_far_the_answer_was)
{
    cr_assert(
        eq(int, (int)ct_classify_broken(ECONNRESET, false), CT_FAILURE_RESET_BEFORE_RESPONSE));
    cr_assert(eq(int, (int)ct_classify_broken(ECONNRESET, true), CT_FAILURE_RESET_IN_BODY));
}

Test(classify, a_certificate_is_expired_or_for_another_or_of_a_stranger)
{
    cr_assert(
        eq(int, (int)ct_classify_verify(X509_V_ERR_CERT_HAS_EXPIRED), CT_FAILURE_TLS_EXPIRED));
    cr_assert(eq(int, (int)ct_classify_verify(X509_V_ERR_HOSTNAME_MISMATCH), CT_FAILURE_TLS_NAME));
    cr_assert(eq(int, (int)ct_classify_verify(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT),
                 CT_FAILURE_TLS_UNTRUSTED));
}
