/*
 * Stands before a C compiler in the tests' PATH: what one test compiled, no other compiles again.
 *
 *   TESTS_KEEP       folder of the objects of this run of the tests; without it the compiler runs as it is
 *   TESTS_COMPILERS  folders, as of PATH, where the compilers are
 *
 * An object is known by a SHA-256 of all that decides it: the compiler's file, its flags, the source and every header
 * that it includes from the folders of its flags, wherever that stands between #if and #endif. The system's headers come
 * with the compiler. Paths that the flags map to others (-ffile-prefix-map) count as those, unless there are sanitizers:
 * they tell unmapped ones. Whatever is not understood goes to the compiler, and what it complained about is not kept.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, SOURCES = 64, DIRECTORIES = 64, MAPS = 16, VISITED = 256, HASH_BYTES = 32 };

/* ---- SHA-256: FIPS 180-4, section 6.2 ---- */

typedef struct {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
} hash_t;

static const uint32_t ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t START[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotate(uint32_t x, int count)
{
    return (x >> count) | (x << (32 - count));
}

static void hash_block(hash_t *hash)
{
    uint32_t w[64];
    uint32_t s[8];
    for (int i = 0; i < 16; i++) {
        const uint8_t *b = hash->block + 4 * i;
        w[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    for (int i = 16; i < 64; i++) {
        const uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
        const uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(s, hash->state, sizeof s);
    for (int i = 0; i < 64; i++) {
        const uint32_t s1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
        const uint32_t one = s[7] + s1 + ((s[4] & s[5]) ^ (~s[4] & s[6])) + ROUND[i] + w[i];
        const uint32_t s0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
        const uint32_t two = s0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++) hash->state[i] += s[i];
}

static void hash_add(hash_t *hash, const void *data, size_t count)
{
    for (const uint8_t *byte = data; count > 0; count--) {
        hash->block[hash->bytes++ % 64] = *byte++;
        if (hash->bytes % 64 == 0) hash_block(hash);
    }
}

/** With its end, so that no two lists of texts are alike. */
static void hash_text(hash_t *hash, const char *text)
{
    hash_add(hash, text, strlen(text) + 1);
}

static void hash_end(hash_t *hash, char hex[2 * HASH_BYTES + 1])
{
    const uint64_t bits = 8 * hash->bytes;
    hash_add(hash, "\x80", 1);
    while (hash->bytes % 64 != 56) hash_add(hash, "", 1);
    for (int shift = 56; shift >= 0; shift -= 8) hash_add(hash, &(uint8_t){(uint8_t)(bits >> shift)}, 1);
    for (int i = 0; i < 8; i++) sprintf(hex + 8 * i, "%08x", hash->state[i]);
}

/* ---- one call of the compiler ---- */

static char compiler[PATH_BYTES];
static char **arguments;
static int argument_count;
static int source_of[SOURCES]; /* indexes of arguments */
static int source_count;
static const char *output; /* of -o */
static const char *directories[DIRECTORIES];
static int directory_count;
static const char *map_from[MAPS];
static const char *map_to[MAPS];
static int map_count;
static bool is_mapped = true;

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    const size_t length = strlen(text);
    const size_t end = strlen(with);
    return length > end && strcmp(text + length - end, with) == 0;
}

static void run_as_it_is(void)
{
    arguments[0] = compiler;
    execv(compiler, arguments);
    perror(compiler);
    exit(127);
}

/** The path as the debug information has it: the last map that fits counts. */
static void mapped(const char *path, char result[PATH_BYTES])
{
    for (int i = is_mapped ? map_count - 1 : -1; i >= 0; i--) {
        const size_t length = strlen(map_from[i]);
        if (strncmp(path, map_from[i], length) != 0) continue;
        snprintf(result, PATH_BYTES, "%s%s", map_to[i], path + length);
        return;
    }
    snprintf(result, PATH_BYTES, "%s", path);
}

/** Flags that decide nothing but what is in the object, and that this file has an idea of. */
static bool is_plain(const char *flag)
{
    static const char *const known[] = {
        "-std=", "-W",     "-O",    "-g",        "-f",      "-m",        "-D",
    };
    static const char *const strange[] = {
        "-Wp,", "-Wa,", "-Wl,", "-fprofile", "-fplugin", "-ftest-coverage", "-fdump", "-save", "-fmacro-prefix-map",
        "-fdebug-prefix-map", "-gsplit", "-fcompare", "-fstack-usage", "-fcallgraph", "-flto", "-foffload",
    };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        if (starts(flag, strange[i])) return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (starts(flag, known[i])) return strcmp(flag, "-D") != 0;
    return false;
}

/** False: not a call that only makes objects, or not one that is understood. */
static bool read_arguments(void)
{
    bool is_compiling = false;
    for (int i = 1; i < argument_count; i++) {
        char *argument = arguments[i];
        if (strcmp(argument, "-c") == 0) {
            is_compiling = true;
        } else if (strcmp(argument, "-o") == 0 && i + 1 < argument_count) {
            output = arguments[++i];
        } else if (starts(argument, "-I") && argument[2] != 0) {
            if (directory_count == DIRECTORIES) return false;
            directories[directory_count++] = argument + 2;
        } else if (starts(argument, "-ffile-prefix-map=")) {
            const char *from = argument + strlen("-ffile-prefix-map=");
            const char *equals = strrchr(from, '=');
            if (equals == NULL || map_count == MAPS) return false;
            map_from[map_count] = strndup(from, (size_t)(equals - from));
            map_to[map_count++] = equals + 1;
        } else if (argument[0] == '-') {
            if (!is_plain(argument)) return false;
            if (starts(argument, "-fsanitize")) is_mapped = false;
        } else {
            if (!ends(argument, ".c") || source_count == SOURCES) return false;
            source_of[source_count++] = i;
        }
    }
    return is_compiling && source_count > 0 && (output == NULL || source_count == 1);
}

static char *read_file(const char *path, size_t *length)
{
    struct stat status;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return NULL;
    char *text = NULL;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
        text = malloc((size_t)status.st_size + 1);
        if (text != NULL && read(file, text, (size_t)status.st_size) == status.st_size) {
            *length = (size_t)status.st_size;
            text[*length] = 0;
        } else {
            free(text);
            text = NULL;
        }
    }
    close(file);
    return text;
}

typedef struct {
    hash_t hash;
    char *visited[VISITED];
    int count;
} inputs_t;

static bool add_file(inputs_t *key, const char *path);

/** Of an #include: the first place where it is; the system's where it is in none. */
static bool add_header(inputs_t *key, const char *name, bool is_quoted, const char *from)
{
    char path[PATH_BYTES];
    if (is_quoted) {
        char folder[PATH_BYTES];
        snprintf(folder, sizeof folder, "%s", from);
        snprintf(path, sizeof path, "%s/%s", dirname(folder), name);
        if (access(path, F_OK) == 0) return add_file(key, path);
    }
    for (int i = 0; i < directory_count; i++) {
        snprintf(path, sizeof path, "%s/%s", directories[i], name);
        if (access(path, F_OK) == 0) return add_file(key, path);
    }
    hash_text(&key->hash, "the system's");
    hash_text(&key->hash, name);
    return true;
}

/** The file and what it includes; false when they cannot be known. */
static bool add_file(inputs_t *key, const char *path)
{
    static const char *const unknowable[] = {
        "__DATE__", "__TIME__", "__TIMESTAMP__", "__has_include", ".incbin", "#embed",
    };
    size_t length;
    char place[PATH_BYTES];
    for (int i = 0; i < key->count; i++)
        if (strcmp(key->visited[i], path) == 0) return true;
    char *text = read_file(path, &length);
    if (text == NULL || key->count == VISITED || strlen(text) != length) return false;
    key->visited[key->count++] = strdup(path);
    mapped(path, place);
    hash_text(&key->hash, "a file");
    hash_text(&key->hash, place);
    hash_add(&key->hash, &length, sizeof length);
    hash_add(&key->hash, text, length);
    for (size_t i = 0; i < sizeof unknowable / sizeof *unknowable; i++)
        if (strstr(text, unknowable[i]) != NULL) return false;
    for (char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += strspn(line, " \t\r\n");
        if (*line != '#') continue;
        char *word = line + 1 + strspn(line + 1, " \t");
        if (!starts(word, "include")) continue;
        word += strlen("include");
        word += strspn(word, " \t");
        const char end = *word == '"' ? '"' : '>';
        const size_t size = strcspn(word + 1, end == '"' ? "\"\n" : ">\n");
        if ((*word != '"' && *word != '<') || word[1 + size] != end) return false;
        char *name = strndup(word + 1, size);
        if (!add_header(key, name, end == '"', path)) return false;
        free(name);
    }
    free(text);
    return true;
}

static bool key_of(int source, char hex[2 * HASH_BYTES + 1])
{
    static const char *const variables[] = {"CPATH", "C_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX"};
    static inputs_t key;
    struct stat status;
    char place[PATH_BYTES];
    char folder[PATH_BYTES];
    memset(&key, 0, sizeof key);
    memcpy(key.hash.state, START, sizeof START);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (getenv(variables[i]) != NULL) return false;
    if (stat(compiler, &status) != 0 || getcwd(folder, sizeof folder) == NULL) return false;
    hash_text(&key.hash, compiler);
    hash_add(&key.hash, &status.st_size, sizeof status.st_size);
    hash_add(&key.hash, &status.st_mtim, sizeof status.st_mtim);
    mapped(folder, place);
    hash_text(&key.hash, place);
    for (int i = 1, next = 0; i < argument_count; i++) {
        if (next < source_count && source_of[next] == i) {
            next++;
        } else if (strcmp(arguments[i], "-o") == 0) {
            i++;
        } else if (starts(arguments[i], "-I")) {
            mapped(arguments[i] + 2, place);
            hash_text(&key.hash, "-I");
            hash_text(&key.hash, place);
        } else if (starts(arguments[i], "-ffile-prefix-map=")) {
            hash_text(&key.hash, is_mapped ? strrchr(arguments[i], '=') : arguments[i]);
        } else {
            hash_text(&key.hash, arguments[i]);
        }
    }
    const bool is_known = add_file(&key, arguments[source_of[source]]);
    for (int i = 0; i < key.count; i++) free(key.visited[i]);
    if (is_known) hash_end(&key.hash, hex);
    return is_known;
}

static void object_of(int source, char path[PATH_BYTES])
{
    char name[PATH_BYTES];
    if (output != NULL) {
        snprintf(path, PATH_BYTES, "%s", output);
        return;
    }
    snprintf(name, sizeof name, "%s", arguments[source_of[source]]);
    snprintf(path, PATH_BYTES, "%s", basename(name));
    path[strlen(path) - 1] = 'o';
}

static bool copy(const char *from, const char *to)
{
    size_t length;
    char *bytes = read_file(from, &length);
    if (bytes == NULL) return false;
    unlink(to);
    const int file = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    const bool is_written = file >= 0 && write(file, bytes, length) == (ssize_t)length;
    free(bytes);
    if (file < 0) return false;
    return close(file) == 0 && is_written;
}

static volatile pid_t child;

static void pass_on(int number)
{
    if (child > 0) kill(child, number);
}

/** Runs the compiler for some of the sources; `is_silent` when it had nothing to say. */
static int compile(const bool is_there[SOURCES], bool *is_silent)
{
    char **some = calloc((size_t)argument_count + 1, sizeof *some);
    int count = 0;
    some[count++] = compiler;
    for (int i = 1, next = 0; i < argument_count; i++) {
        const bool is_source = next < source_count && source_of[next] == i;
        if (!is_source || !is_there[next]) some[count++] = arguments[i];
        if (is_source) next++;
    }
    FILE *said = tmpfile();
    if (said == NULL) run_as_it_is();
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(fileno(said), STDERR_FILENO);
        execv(compiler, some);
        _exit(127);
    }
    const int ends_all[] = {SIGTERM, SIGINT, SIGHUP};
    for (int i = 0; i < 3; i++) signal(ends_all[i], pass_on);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    char text[PATH_BYTES];
    size_t length;
    *is_silent = true;
    rewind(said);
    while ((length = fread(text, 1, sizeof text, said)) > 0) {
        *is_silent = false;
        if (write(STDERR_FILENO, text, length) < 0) break;
    }
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}

/** The program of this name that is no link to this one. */
static bool find_compiler(const char *name)
{
    char *folders = strdup(getenv("TESTS_COMPILERS") ? getenv("TESTS_COMPILERS") : "/usr/local/bin:/usr/bin:/bin");
    for (char *folder = strtok(folders, ":"); folder != NULL; folder = strtok(NULL, ":")) {
        snprintf(compiler, sizeof compiler, "%s/%s", folder, name);
        if (access(compiler, X_OK) == 0) return true;
    }
    return false;
}

int main(int count, char **values)
{
    char keys[SOURCES][2 * HASH_BYTES + 1];
    bool is_there[SOURCES] = {false};
    bool is_silent = true;
    char kept[PATH_BYTES];
    char object[PATH_BYTES];
    char own[PATH_BYTES];
    char *name = strrchr(values[0], '/');
    name = name == NULL ? values[0] : name + 1;
    arguments = values;
    argument_count = count;
    if (!find_compiler(name)) {
        fprintf(stderr, "%s: not found\n", name);
        return 127;
    }
    const char *objects = getenv("TESTS_KEEP");
    if (objects == NULL || !read_arguments()) run_as_it_is();
    int missing = 0;
    for (int i = 0; i < source_count; i++) {
        if (!key_of(i, keys[i])) run_as_it_is();
        snprintf(kept, sizeof kept, "%s/%s.o", objects, keys[i]);
        object_of(i, object);
        is_there[i] = copy(kept, object);
        if (!is_there[i]) missing++;
    }
    if (missing == 0) return 0;
    const int status = compile(is_there, &is_silent);
    if (status != 0 || !is_silent) return status;
    for (int i = 0; i < source_count; i++) {
        if (is_there[i]) continue;
        object_of(i, object);
        snprintf(kept, sizeof kept, "%s/%s.o", objects, keys[i]);
        snprintf(own, sizeof own, "%s.%d", kept, (int)getpid());
        if (copy(object, own)) rename(own, kept);
    }
    return 0;
}
