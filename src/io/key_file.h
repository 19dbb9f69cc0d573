/*
 * What the file of a private SSH key says without its secret: is a passphrase needed, which public
 * key belongs to it? OpenSSH's own format (its PROTOCOL.key) says both in clear; of PEM only the
 * first is known, and the .pub file beside it has the other. Fuzzed.
 */
#ifndef CT_IO_KEY_FILE_H
#define CT_IO_KEY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct ct_key_file {
    bool locked;              /* it needs a passphrase */
    char type[48];            /* "ssh-ed25519"; "": not said */
    struct ct_buf public_key; /* as on the wire; empty: not said */
};

void ct_key_file_init(struct ct_key_file *k);
void ct_key_file_release(struct ct_key_file *k);

/* Pure. What makes no sense says nothing. */
void ct_key_file_parse(struct ct_key_file *k, const char *text, size_t len);

/* A line of a .pub file: "ssh-ed25519 AAAA... comment". Pure. */
void ct_key_file_parse_public(struct ct_key_file *k, const char *text, size_t len);

/* The file and, where that does not say it, path.pub for the public key. As ct_buf_read_file. */
int ct_key_file_read(struct ct_key_file *k, const char *path, struct ct_err *err);

#endif
