/*
 * Several requests in one list, in vegeta's form:
 *
 *   GET http://127.0.0.1:8080/cart weight=3
 *   X-Session: {{session}}
 *
 *   POST http://127.0.0.1:8080/cart
 *   Content-Type: application/json
 *   @body.json
 *
 * A line "METHOD URL" begins a request; header lines and one @FILE with its body may follow; empty
 * lines and lines that begin with # are passed over. weight=N (of ours; 1 to 1,000,000) says how
 * often it is sent. All go to one host. Pure but for the file of a body.
 */
#ifndef CT_SERVICES_TARGET_LIST_H
#define CT_SERVICES_TARGET_LIST_H

#include "base/err.h"
#include "model/mix.h"

/* Gives a body's file as a request body; CT_EUSAGE, CT_EFAIL. */
typedef int ct_target_body_fn(const char *path, struct ct_request *request, struct ct_err *err);

/* Fills *mix (release it) and *url (owned by caller): the URL of the first request. CT_EUSAGE names
 * the line. */
int ct_target_list_parse(const char *text, size_t len, ct_target_body_fn *body, struct ct_mix *mix,
                         char **url, struct ct_err *err);

/* "-" is stdin. */
int ct_target_list_read(const char *path, struct ct_mix *mix, char **url, struct ct_err *err);

/* Reads a file, at most 64 MiB. */
int ct_target_body_read(const char *path, struct ct_request *request, struct ct_err *err);

#endif
