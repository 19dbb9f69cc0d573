/* A fuzz target without libFuzzer: runs it over the files of the folders named on the line. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 16 << 20 };

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(INPUT_MAX);
    if (f == NULL || bytes == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    size_t size = fread(bytes, 1, INPUT_MAX, f);
    (void)fclose(f);
    /* an allocation of the right size, so that a sanitizer sees a read behind the end */
    uint8_t *exact = realloc(bytes, size > 0 ? size : 1);
    int rc = LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return rc;
}

static unsigned replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        fprintf(stderr, "cannot open %s\n", folder);
        exit(1);
    }
    unsigned n = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (replay_file(path) != 0)
            exit(1);
        n++;
    }
    (void)closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    unsigned n = 0;
    for (int i = 1; i < argc; i++)
        n += replay_folder(argv[i]);
    printf("%u inputs\n", n);
    return n > 0 ? 0 : 1;
}
