/* comments: int8 [3] -> int8 [3]. From golden/comments.ts, specialised for copy. */
static void network_comments_3_3(const int8_t *input, int8_t *output)
{
    /* kept: above a loop */
    /* and its second line */
    for (int32_t i = 0; i < 3; i++) {
        /* ends * / output[i] = 1; / * opens */
        /* makes * / a slash, ? ?/ and ? ? ?/ trigraphs, and a line that goes on / */
        const int32_t x = input[i];
        /* "unicode" -> kept */
        output[i] = (int8_t)x;
    }
}

/* copy: int8 [3], scale 1, zero point 0 -> int8 [3], scale 1, zero point 0. */
static void network_run_copy(void)
{
    network_comments_3_3(network_arena.bytes + 0, network_arena.bytes + 4);
}
