#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "io/proc_files.h"
#include "io/sftp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ct_sftp_answer feed(struct ct_sftp *s, const uint8_t *data, size_t size)
{
    enum ct_sftp_answer answer = CT_SFTP_MORE;
    struct ct_buf out;
    ct_buf_init(&out, 1 << 20);
    for (size_t at = 0; at < size && answer == CT_SFTP_MORE;) {
        size_t piece = 1 + data[at] % 64;
        piece = piece < size - at ? piece : size - at;
        answer = ct_sftp_take(s, (const char *)data + at, piece, &out);
        at += piece;
    }
    ct_buf_release(&out);
    return answer;
}

/* What a server says is files, or no SFTP; never more than 256 KiB. The first half answers the
 * opening, the second two readings; the last two files come and go. */
enum { LASTING = CT_PROC_FILES - 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_sftp *s = ct_sftp_new(ct_proc_files, CT_PROC_FILES, LASTING);
    struct ct_buf out, text;
    ct_buf_init(&out, 1 << 20);
    ct_buf_init(&text, 1 << 20);
    ct_sftp_open(s, &out);
    if (feed(s, data, size / 2) == CT_SFTP_DONE) {
        const uint8_t *rest = data + size / 2;
        size_t left = size - size / 2;
        ct_sftp_read(s, &out);
        if (feed(s, rest, left / 2) == CT_SFTP_DONE) {
            ct_sftp_read(s, &out);
            (void)feed(s, rest + left / 2, left - left / 2);
        }
    }
    ct_sftp_text(s, &text);
    assert(text.len <= (256 << 10) + CT_PROC_FILES * 64);
    ct_buf_release(&out);
    ct_buf_release(&text);
    ct_sftp_free(s);
    return 0;
}
