#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/base64.h"
#include "io/key_file.h"

/* Files as "ssh-keygen" writes them, without anything secret in them: they open nothing. */
static const char plain[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                            "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz\n"
                            "c2gtZWQyNTUxOQAAACAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHwAA\n"
                            "AAdwcml2YXRl\n"
                            "-----END OPENSSH PRIVATE KEY-----\n";
static const char locked_rsa[] =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAw\n"
    "MTIzNDU2Nzg5YWJjZGVmAAAAEAAAAAEAAAA3AAAAB3NzaC1yc2EAAAADAQABAAAA\n"
    "IQDIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5wAAAAdwcml2YXRl\n"
    "-----END OPENSSH PRIVATE KEY-----\n";
static const char two_keys[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                               "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAACAAAAMwAAAAtz\n"
                               "c2gtZWQyNTUxOQAAACAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHwAA\n"
                               "AAdwcml2YXRl\n"
                               "-----END OPENSSH PRIVATE KEY-----\n";
#define PUBLIC "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

static struct ct_key_file parse(const char *text)
{
    struct ct_key_file k;
    ct_key_file_init(&k);
    ct_key_file_parse(&k, text, strlen(text));
    return k;
}

static void is_public(const struct ct_key_file *k)
{
    struct ct_buf text;
    ct_buf_init(&text, 1000);
    cr_assert(ct_base64_encode(&text, k->public_key.data, k->public_key.len));
    cr_assert(zero(int, strcmp(text.data, PUBLIC)));
    cr_assert(zero(int, strcmp(k->type, "ssh-ed25519")));
    ct_buf_release(&text);
}

Test(key_file, a_key_of_openssh_says_its_public_half)
{
    struct ct_key_file k = parse(plain);
    cr_assert(not(k.locked));
    is_public(&k);
    ct_key_file_release(&k);
}

Test(key_file, a_key_with_a_passphrase_is_locked)
{
    struct ct_key_file k = parse(locked_rsa);
    cr_assert(k.locked);
    cr_assert(zero(int, strcmp(k.type, "ssh-rsa")));
    cr_assert(ne(sz, k.public_key.len, 0));
    ct_key_file_release(&k);
}

Test(key_file, of_pem_only_the_lock_is_known)
{
    static const struct {
        const char *text;
        bool locked;
        const char *type;
    } rows[] = {
        {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHs\n", true, ""},
        {"-----BEGIN PRIVATE KEY-----\nMIHs\n", false, ""},
        {"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIHs\n", true, ""},
        {"-----BEGIN RSA PRIVATE KEY-----\nMIHs\n", false, "ssh-rsa"},
        {"", false, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct ct_key_file k = parse(rows[i].text);
        cr_assert(eq(int, k.locked, rows[i].locked), "%s", rows[i].text);
        cr_assert(zero(int, strcmp(k.type, rows[i].type)));
        cr_assert(zero(sz, k.public_key.len));
        ct_key_file_release(&k);
    }
}

Test(key_file, what_makes_no_sense_says_nothing)
{
    struct ct_key_file k = parse(two_keys);
    cr_assert(zero(sz, k.public_key.len));
    ct_key_file_release(&k);
    char cut[sizeof(plain)];
    for (size_t len = 0; len < sizeof(plain) - 1; len++) {
        memcpy(cut, plain, len);
        cut[len] = '\0';
        k = parse(cut);
        ct_key_file_release(&k);
    }
}

Test(key_file, the_file_beside_it_has_the_public_half_of_a_pem)
{
    static const char line[] = "ssh-ed25519 " PUBLIC " me@home\n";
    struct ct_key_file k = parse("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHs\n");
    ct_key_file_parse_public(&k, line, sizeof(line) - 1);
    cr_assert(k.locked);
    is_public(&k);
    ct_key_file_parse_public(&k, "nonsense", 8);
    ct_key_file_parse_public(&k, "a b", 3);
    is_public(&k);
    ct_key_file_release(&k);
}
