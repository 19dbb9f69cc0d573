#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/cmd.h"
#include "io/loop.h"
#include "io/transport.h"

int main(int argc, char **argv)
{
    struct ct_err err;
    /* large blocks come from the kernel zeroed and go back to it, however many there were before:
     * most of a histogram is never used, and recycled memory would be cleared page by page */
    (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    ct_signals_block();
    if (ct_io_init(&err) < 0) {
        ct_error_line("%s", err.msg);
        return EXIT_FAILURE;
    }
    int status = ct_cmd_main(argc, argv);
    ct_io_exit();
    if ((fflush(stdout) != 0 || ferror(stdout) != 0) && status == 0) {
        ct_error_line("writing to standard output failed");
        status = EXIT_FAILURE;
    }
    return status;
}
