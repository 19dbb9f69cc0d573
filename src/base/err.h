/*
 * Errors: a code the program acts on, and a line the user reads.
 *
 * A function that can fail returns int: 0 (or a count >= 0), or a negative enum ct_code. Its last
 * parameter is a struct ct_err that the caller owns (or NULL); it is written only on failure, so
 * calls can be chained:
 *
 *     if ((rc = ct_config_load(&cfg, path, err)) < 0 || (rc = ct_plan_init(&plan, &opt, err)) < 0)
 *         return rc;
 *
 * Only src/cli prints errors. Programming errors are not reported here: they are assert()ed. A
 * failed request of the load is not an error either: it is an outcome, counted (model/failure.h).
 */
#ifndef CT_BASE_ERR_H
#define CT_BASE_ERR_H

#define CT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* What went wrong, by what the caller can do about it; minus the code is the exit status. */
enum ct_code {
    CT_OK = 0,
    CT_EFAIL = -1,     /* this machine failed: file, memory, port in use, internal */
    CT_EUSAGE = -2,    /* the command line or a file the user wrote is wrong */
    CT_EREACH = -3,    /* the target or a server cannot be reached */
    CT_EREFUSED = -4,  /* a guard refused: host key, TLS, target that is not listed */
    CT_ETIMEOUT = -5,  /* nothing answered in time; becomes CT_EREACH where it ends a command */
    CT_ECANCELED = -6, /* stopped by the user */
};

/* A failure. Plain data: copy it, keep it, pass it to another thread; nothing to free. */
struct ct_err {
    int code;      /* enum ct_code; 0 while nothing failed */
    char msg[504]; /* one line, no "error:"; cut at the end when too long. The one that shows a file
                      to write (store/config.h) has it after a newline. */
};

/* Record a failure in err (may be NULL) and return code, so that "return ct_fail(...)" reads. */
int ct_fail(struct ct_err *err, int code, const char *fmt, ...) CT_PRINTF(3, 4);

/* The same with ": " and the text of errno at the end. errno is read at entry. */
int ct_fail_errno(struct ct_err *err, int code, const char *fmt, ...) CT_PRINTF(3, 4);

/* Put what was being done in front of the message: "reading 'a.json'". Returns err->code; with a
 * NULL err CT_EFAIL. */
int ct_fail_while(struct ct_err *err, const char *fmt, ...) CT_PRINTF(2, 3);

#endif
