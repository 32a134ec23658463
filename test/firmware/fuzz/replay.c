/*
 * Runs the files it is given through the fuzzer's entry, for compilers without libFuzzer. With REPLAY_EACH set each runs in
 * a process of its own, so that one that ends it, and says why, does not end the others.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void run(const uint8_t *bytes, size_t size, int is_apart)
{
    const pid_t child = is_apart ? fork() : 0;
    if (child != 0) {
        waitpid(child, 0, 0);
        return;
    }
    LLVMFuzzerTestOneInput(bytes, size);
    if (is_apart) {
        _exit(0);
    }
}

int main(int count, char **paths)
{
    static uint8_t bytes[1 << 20];
    const int is_apart = getenv("REPLAY_EACH") != 0;
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(paths[i], "rb");
        if (file == 0) {
            perror(paths[i]);
            return 1;
        }
        const size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        run(bytes, size, is_apart);
    }
    printf("%d inputs\n", count - 1);
    return 0;
}
