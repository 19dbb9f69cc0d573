#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "io/known_hosts.h"

/* The keys are short here; the reader compares them as text. */
static const struct ct_host_key_text ours = {.type = "ssh-ed25519", .base64 = "AAAAours"};

struct file {
    char text[200];
    char host[20];
    uint16_t port;
    enum ct_known known;
};

ParameterizedTestParameters(known_hosts, a_file_says_what_openssh_reads_in_it)
{
    static struct file table[] = {
        {"", "node-1", 22, CT_KNOWN_NOT},
        {"\n\n   \n#node-1 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_NOT},
        {"node-1 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_YES},
        {"node-1 ssh-ed25519 AAAAours", "node-1", 22, CT_KNOWN_YES},
        {"node-1 ssh-ed25519 AAAAours\r\n", "node-1", 22, CT_KNOWN_YES},
        {"  node-1\tssh-ed25519 \t AAAAours me@home\n", "node-1", 22, CT_KNOWN_YES},
        {"NODE-1 ssh-ed25519 AAAAours\n", "Node-1", 22, CT_KNOWN_YES},
        {"node-1 ssh-ed25519 AAAAother\n", "node-1", 22, CT_KNOWN_CHANGED},
        {"node-1 ssh-ed25519 AAAAours2\n", "node-1", 22, CT_KNOWN_CHANGED},
        {"node-1 ssh-ed25519 AAAAour\n", "node-1", 22, CT_KNOWN_CHANGED},
        {"node-1 ssh-rsa AAAArsa\n", "node-1", 22, CT_KNOWN_OTHER_TYPE},
        {"node-1 ssh-rsa AAAArsa\nnode-1 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_YES},
        {"node-1 ssh-ed25519 AAAAother\nnode-1 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_YES},
        /* other hosts, other ports */
        {"node-2 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_NOT},
        {"node-1 ssh-ed25519 AAAAours\n", "node-1", 2222, CT_KNOWN_NOT},
        {"[node-1]:2222 ssh-ed25519 AAAAours\n", "node-1", 2222, CT_KNOWN_YES},
        {"[node-1]:2222 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_NOT},
        {"[node-1]:2222 ssh-ed25519 AAAAours\n", "node-1", 2223, CT_KNOWN_NOT},
        {"[fe80::1]:2222 ssh-ed25519 AAAAours\n", "fe80::1", 2222, CT_KNOWN_YES},
        {"fe80::1 ssh-ed25519 AAAAours\n", "FE80::1", 22, CT_KNOWN_YES},
        /* lists and patterns */
        {"a,node-1,b ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_YES},
        {"node-* ssh-ed25519 AAAAours\n", "node-17", 22, CT_KNOWN_YES},
        {"node-? ssh-ed25519 AAAAours\n", "node-17", 22, CT_KNOWN_NOT},
        {"*,!node-1 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_NOT},
        {"!node-1,* ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_NOT},
        {"!node-2 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_NOT},
        {"*a*a*a*a*a*a*b ssh-ed25519 AAAAours\n", "aaaaaaaaaaaaaaaaaaa", 22, CT_KNOWN_NOT},
        /* markers */
        {"@revoked node-1 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_REVOKED},
        {"@revoked * ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_REVOKED},
        {"@revoked\t*\tssh-ed25519\tAAAAours", "node-1", 22, CT_KNOWN_REVOKED},
        {"@revoked * ssh-ed25519 AAAAours\nnode-1 ssh-ed25519 AAAAours\n", "node-1", 22,
         CT_KNOWN_REVOKED},
        {"node-1 ssh-ed25519 AAAAours\n@revoked * ssh-ed25519 AAAAours\n", "node-1", 22,
         CT_KNOWN_REVOKED},
        {"@revoked * ssh-ed25519 AAAAother\n", "node-1", 22, CT_KNOWN_NOT},
        {"@revoked node-2 ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_NOT},
        /* without a port it means every port */
        {"@revoked node-1 ssh-ed25519 AAAAours\n", "node-1", 2222, CT_KNOWN_REVOKED},
        {"@revoked node-1 ssh-ed25519 AAAAours\n[node-1]:2222 ssh-ed25519 AAAAours\n", "node-1",
         2222, CT_KNOWN_REVOKED},
        {"@revoked [node-1]:22 ssh-ed25519 AAAAours\n", "node-1", 2222, CT_KNOWN_NOT},
        {"@cert-authority node-1 ssh-ed25519 AAAAours\n", "node-1", 2222, CT_KNOWN_NOT},
        {"@cert-authority *.lab ssh-ed25519 AAAAours\n", "a.lab", 22, CT_KNOWN_AUTHORITY},
        {"@cert-authority * ssh-ed25519 AAAAca\nnode-1 ssh-ed25519 AAAAours\n", "node-1", 22,
         CT_KNOWN_YES},
        {"@unheard-of * ssh-ed25519 AAAAours\n", "node-1", 22, CT_KNOWN_NOT},
        /* lines that make no sense hide nothing */
        {"node-1\nnode-1 ssh-ed25519\n|1|x|y\n|1| a b\nnode-1 ssh-ed25519 AAAAours\n", "node-1", 22,
         CT_KNOWN_YES},
        {"@revoked\n@revoked *\n@revoked * ssh-ed25519\n", "node-1", 22, CT_KNOWN_NOT},
        /* hashed by "ssh-keygen -H": node-1, [node-1]:2222 */
        {"|1|IClNfEPab148iMr1x93ivQssyYA=|Xh3REy+54tzozZHMgetYgCWku4o= ssh-ed25519 AAAAours\n",
         "node-1", 22, CT_KNOWN_YES},
        {"|1|IClNfEPab148iMr1x93ivQssyYA=|Xh3REy+54tzozZHMgetYgCWku4o= ssh-ed25519 AAAAours\n",
         "NODE-1", 22, CT_KNOWN_YES},
        {"|1|IClNfEPab148iMr1x93ivQssyYA=|Xh3REy+54tzozZHMgetYgCWku4o= ssh-ed25519 AAAAours\n",
         "node-2", 22, CT_KNOWN_NOT},
        {"|1|IClNfEPab148iMr1x93ivQssyYA=|Xh3REy+54tzozZHMgetYgCWku4o= ssh-ed25519 AAAAours\n",
         "node-1", 2222, CT_KNOWN_NOT},
        {"|1|+pq98eqHXg0C5EPB51w8JvZVVuE=|c3vIN0jfMcpdU2az23g18fKQVTg= ssh-ed25519 AAAAours\n",
         "node-1", 2222, CT_KNOWN_YES},
        {"@revoked |1|IClNfEPab148iMr1x93ivQssyYA=|Xh3REy+54tzozZHMgetYgCWku4o= ssh-ed25519 "
         "AAAAours\n",
         "node-1", 22, CT_KNOWN_REVOKED},
    };
    return cr_make_param_array(struct file, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct file *f, known_hosts, a_file_says_what_openssh_reads_in_it)
{
    cr_assert(
        eq(int, ct_known_hosts_find(f->text, strlen(f->text), f->host, f->port, &ours), f->known),
        "%s port %d in:\n%s", f->host, f->port, f->text);
}

Test(known_hosts, the_types_that_a_host_is_known_by_are_found)
{
    static const char text[] = "node-1,node-2 ssh-rsa AAAA\n"
                               "@revoked node-1 ssh-ed25519 AAAA\n"
                               "node-2 ecdsa-sha2-nistp256 AAAA\n";
    size_t len = sizeof(text) - 1;
    cr_assert(ct_known_hosts_has_type(text, len, "node-1", 22, "ssh-rsa"));
    cr_assert(ct_known_hosts_has_type(text, len, "node-2", 22, "ecdsa-sha2-nistp256"));
    cr_assert(not(ct_known_hosts_has_type(text, len, "node-1", 22, "ecdsa-sha2-nistp256")));
    cr_assert(not(ct_known_hosts_has_type(text, len, "node-1", 22, "ssh-ed25519")), "revoked");
    cr_assert(not(ct_known_hosts_has_type(text, len, "node-1", 2222, "ssh-rsa")));
}

Test(known_hosts, a_name_of_any_length_is_looked_for)
{
    char host[1000];
    memset(host, 'a', sizeof(host));
    host[sizeof(host) - 1] = '\0';
    cr_assert(
        eq(int, ct_known_hosts_find("* ssh-ed25519 AAAAours", 22, host, 22, &ours), CT_KNOWN_YES));
}

/* A key of which one spelling differs from the other in bits that no byte of it has. */
Test(known_hosts, keys_are_compared_as_bytes)
{
    static const struct ct_host_key_text key = {.type = "ssh-ed25519", .base64 = "AAAAQQ=="};
    static const char same[] = "n ssh-ed25519 AAAAQQ==\n", other[] = "n ssh-ed25519 AAAAQg==\n";
    cr_assert(eq(int, ct_known_hosts_find(same, strlen(same), "n", 22, &key), CT_KNOWN_YES));
    cr_assert(eq(int, ct_known_hosts_find(other, strlen(other), "n", 22, &key), CT_KNOWN_CHANGED));
}

Test(known_hosts, a_file_is_hashed_when_a_line_of_it_is)
{
    static const char hashed[] = "# |1|\nnode-1 ssh-rsa AAAA\n|1|a=|b= ssh-rsa AAAA";
    cr_assert(ct_known_hosts_is_hashed(hashed, sizeof(hashed) - 1));
    cr_assert(not(ct_known_hosts_is_hashed(hashed, 27)));
    cr_assert(not(ct_known_hosts_is_hashed("", 0)));
}

Test(known_hosts, a_line_that_was_written_is_found)
{
    for (int k = 0; k < 4; k++) {
        bool hashed = (k & 1) != 0;
        uint16_t port = k < 2 ? 22 : 2222;
        struct ct_buf line;
        ct_buf_init(&line, 1000);
        cr_assert(ct_known_hosts_line(&line, "Node-1", port, hashed, &ours));
        cr_assert(
            eq(int, ct_known_hosts_find(line.data, line.len, "node-1", port, &ours), CT_KNOWN_YES));
        cr_assert(
            eq(int, ct_known_hosts_find(line.data, line.len, "node-2", port, &ours), CT_KNOWN_NOT));
        cr_assert(eq(int, line.data[line.len - 1], '\n'));
        cr_assert(eq(int, strstr(line.data, "node") == NULL, hashed));
        cr_assert(eq(int, ct_known_hosts_is_hashed(line.data, line.len), hashed));
        ct_buf_release(&line);
    }
}

Test(known_hosts, no_two_hashed_names_are_alike)
{
    struct ct_buf a, b;
    ct_buf_init(&a, 1000);
    ct_buf_init(&b, 1000);
    cr_assert(ct_known_hosts_line(&a, "node-1", 22, true, &ours));
    cr_assert(ct_known_hosts_line(&b, "node-1", 22, true, &ours));
    cr_assert(ne(int, strcmp(a.data, b.data), 0));
    ct_buf_release(&a);
    ct_buf_release(&b);
}
