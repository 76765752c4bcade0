/* See hammer_answer.h. */
#include "hammer_answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEAD = 65536, MAX_BODY = 8 * 1024 * 1024 };

/* The value of a header line, or NULL; the head ends with an empty line. */
static const char *header(const char *head, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r';
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
            return line + 3 + len + strspn(line + 3 + len, " ");
    return NULL;
}

ssize_t answer_read(const char *bytes, size_t len, struct answer *ret_answer)
{
    const char *end = strstr(bytes, "\r\n\r\n");
    if (!end)
        return len > MAX_HEAD ? -1 : 0;
    const char *length = header(bytes, "Content-Length");
    const char *connection = header(bytes, "Connection");
    if (strncmp(bytes, "HTTP/1.1 ", 9) != 0 || !length)
        return -1;
    int status = (int)strtol(bytes + 9, NULL, 10);
    unsigned long body = strtoul(length, NULL, 10);
    size_t whole = (size_t)(end + 4 - bytes) + body;
    if (status < 200 || status > 599 || body > MAX_BODY || len > whole)
        return -1;
    ret_answer->status = status;
    ret_answer->closes = connection && strncasecmp(connection, "close", 5) == 0;
    return len == whole ? (ssize_t)whole : 0;
}

/* The next name; where to look on, or NULL. */
static const char *next(const char *at, const char *end, char name[ANSWER_NAME])
{
    static const char word[] = "version=";
    size_t len = 0;
    at = memmem(at, (size_t)(end - at), word, sizeof word - 1);
    if (!at)
        return NULL;
    for (at += sizeof word - 1; at < end && len < ANSWER_NAME - 1; at++, len++) {
        if (!isalnum((unsigned char)*at))
            break;
        name[len] = *at;
    }
    name[len] = '\0';
    return at;
}

int answer_version(const char *bytes, size_t len, char ret_name[ANSWER_NAME])
{
    char name[ANSWER_NAME];
    const char *at = bytes, *end = bytes + len;
    if (!(at = next(at, end, ret_name)))
        return 0;
    while ((at = next(at, end, name)))
        if (strcmp(ret_name, name) != 0)
            return 2;
    return 1;
}
