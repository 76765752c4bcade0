/*
 * Text in the forms that protocols want: UTF-8, hexadecimal, base64url (RFC 4648 §5 without
 * padding), percent-encoding (RFC 3986 §2.1), tokens (RFC 9110 §5.6.2), whole numbers.
 * Nothing here depends on the locale.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Shortest forms only, no surrogates, nothing above U+10FFFF (RFC 3629). */
bool str_is_utf8(struct slice text);
/* Bytes of the character that the text begins with; 0 where it is none, or the text empty. */
size_t str_character(struct slice text);
#define STR_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD, for a byte that is no character */

void str_hex(struct slice bytes, struct buf *out);
bool str_unhex(struct slice text, struct buf *out);
void str_base64(struct slice bytes, struct buf *out); /* RFC 4648 §4, with padding */
bool str_unbase64(struct slice text, struct buf *out);
void str_base64url(struct slice bytes, struct buf *out);
/* Refuses padding, other alphabets, and bits that are not zero at the end. */
bool str_unbase64url(struct slice text, struct buf *out);

/* Decoded it is no longer than the text; with plus, '+' is a space (forms).  False on a bad
 * escape. */
bool str_percent_decode(struct slice text, bool plus, char *out, size_t *ret_len);

bool str_is_token(struct slice text);
/* No control character but tab: what a header's value may hold. */
bool str_is_field_value(struct slice text);

/* The whole text as a decimal number between min and max. */
bool str_to_int64(struct slice text, int64_t min, int64_t max, int64_t *ret);

/* A hash of a text behind another one, whose hash is given, or STR_HASH; for this process and
 * words of our own: strangers could choose texts that meet. */
#define STR_HASH UINT64_C(14695981039346656037)
uint64_t str_hash(uint64_t before, const char *text);

void str_html(struct slice text, struct buf *out);  /* & < > " ' escaped */
bool str_html_is_plain(struct slice text);          /* nothing of that is in it */
void str_shell(struct slice text, struct buf *out); /* one word, quoted where it has to be */
/* With the quotes around; bytes that are no UTF-8 become U+FFFD. */
void str_json(struct slice text, struct buf *out);
