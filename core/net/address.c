/* See address.h. */
#include "net/address.h"

#include "base/str.h"

#include <idn2.h>
#include <string.h>
#include <strings.h>

enum { LABEL_MAX = 63 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 5322's atext. */
static bool is_atom(char c)
{
    return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

/* What would be told apart by no later check, or read as something else by a server. */
static bool check_characters(struct slice text, struct err *err)
{
    if (!str_is_utf8(text))
        return err_set(err, ERR_INPUT, "the address is not valid UTF-8");
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c == 0x7f)
            return err_set(err, ERR_INPUT,
                           "the address holds a line break or another control "
                           "character");
        if (c == ' ')
            return err_set(err, ERR_INPUT, "the address holds a space");
        if (c == '"')
            return err_set(err, ERR_INPUT, "the address is quoted; quoted ones are not taken");
        if (strchr(",;<>()[]\\:", c))
            return err_set(err, ERR_INPUT, "the address holds a '%c'; give one address alone",
                           c);
    }
    return true;
}

static bool check_local(struct slice local, struct err *err)
{
    if (local.len == 0)
        return err_set(err, ERR_INPUT, "the address has nothing before its '@'");
    if (local.len > ADDRESS_LOCAL_MAX)
        return err_set(err, ERR_INPUT, "the address has more than %d bytes before its '@'",
                       (int)ADDRESS_LOCAL_MAX);
    if (!is_ascii(local))
        return err_set(err, ERR_INPUT,
                       "the address has letters before its '@' that mail servers do not take; "
                       "only a-z, A-Z, digits and some marks are");
    char before = '.';
    for (size_t i = 0; i < local.len; i++) {
        char c = local.data[i];
        if (c == '.' ? before == '.' : !is_atom(c))
            return err_set(err, ERR_INPUT, "the address is malformed before its '@'");
        before = c;
    }
    if (before == '.')
        return err_set(err, ERR_INPUT, "the address has a dot before its '@'");
    return true;
}

/* Letters, digits and inner hyphens; the last label is not a number, so that no IP address is
 * taken for a name. */
static bool is_name(const char *domain)
{
    const char *label = domain;
    size_t len;
    bool number = true;
    if (strlen(domain) > DOMAIN_MAX)
        return false;
    for (;; label += len + 1) {
        len = strcspn(label, ".");
        if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
            return false;
        number = true;
        for (size_t i = 0; i < len; i++) {
            if (!is_alnum(label[i]) && label[i] != '-')
                return false;
            number = number && is_digit(label[i]);
        }
        if (label[len] == '\0')
            return !number;
    }
}

/* Is a label of it said to be an international one's ASCII form? */
static bool has_ascii_form(const char *name)
{
    for (const char *label = name; label; label = strchr(label, '.'), label += label != NULL)
        if (strncasecmp(label, "xn--", 4) == 0)
            return true;
    return false;
}

/* Other letters to ASCII, and what is ASCII already checked; false where they make no name. */
static bool to_ascii(const char *name, char ret_domain[DOMAIN_MAX + 1])
{
    char *ascii = NULL;
    if (idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return false;
    size_t len = strlen(ascii);
    bool fits = len <= DOMAIN_MAX;
    if (fits)
        memcpy(ret_domain, ascii, len + 1);
    idn2_free(ascii);
    return fits;
}

bool address_domain(struct slice text, char ret_domain[DOMAIN_MAX + 1], struct err *err)
{
    char name[DOMAIN_MAX + 1], ascii[DOMAIN_MAX + 1];
    if (text.len == 0 || text.len > DOMAIN_MAX || memchr(text.data, '\0', text.len))
        return err_set(err, ERR_INPUT, "the domain is empty or too long");
    memcpy(name, text.data, text.len);
    name[text.len] = '\0';
    if (is_ascii(text) && !has_ascii_form(name))
        memcpy(ascii, name, text.len + 1);
    else if (!to_ascii(name, ascii))
        return err_set(err, ERR_INPUT, "the domain is no international domain name");
    if (!is_name(ascii))
        return err_set(err, ERR_INPUT, "the domain is malformed");
    memcpy(ret_domain, ascii, strlen(ascii) + 1);
    return true;
}

bool address_read(struct slice text, char ret_address[ADDRESS_MAX + 1], struct err *err)
{
    if (text.len == 0)
        return err_set(err, ERR_INPUT, "the address is empty");
    if (text.len > ADDRESS_MAX)
        return err_set(err, ERR_INPUT, "the address is longer than %d bytes", (int)ADDRESS_MAX);
    if (!check_characters(text, err))
        return false;
    const char *at = memchr(text.data, '@', text.len);
    if (!at)
        return err_set(err, ERR_INPUT, "the address has no '@'");
    struct slice local = {text.data, (size_t)(at - text.data)};
    struct slice rest = {at + 1, text.len - local.len - 1};
    if (memchr(rest.data, '@', rest.len))
        return err_set(err, ERR_INPUT, "the address has more than one '@'");

    char domain[DOMAIN_MAX + 1];
    if (!check_local(local, err))
        return false;
    if (!address_domain(rest, domain, err))
        return err_prefix(err, "the address");
    size_t len = strlen(domain);
    if (local.len + 1 + len > ADDRESS_MAX)
        return err_set(err, ERR_INPUT, "the address is longer than %d bytes", (int)ADDRESS_MAX);
    memcpy(ret_address, local.data, local.len);
    ret_address[local.len] = '@';
    memcpy(ret_address + local.len + 1, domain, len + 1);
    return true;
}

static struct slice trimmed(struct slice text)
{
    while (text.len > 0 && text.data[0] == ' ')
        text = (struct slice){text.data + 1, text.len - 1};
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

static bool read_name(struct slice name, char ret_name[PERSON_NAME_MAX + 1], struct err *err)
{
    name = trimmed(name);
    if (name.len >= 2 && name.data[0] == '"' && name.data[name.len - 1] == '"')
        name = (struct slice){name.data + 1, name.len - 2};
    if (name.len > PERSON_NAME_MAX)
        return err_set(err, ERR_INPUT, "the name before the address is longer than %d bytes",
                       (int)PERSON_NAME_MAX);
    if (!str_is_utf8(name))
        return err_set(err, ERR_INPUT, "the name before the address is not valid UTF-8");
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c < 0x20 || c == 0x7f || strchr("<>\"\\", c))
            return err_set(err, ERR_INPUT,
                           "the name before the address holds a mark that no name has; write "
                           "Name <address>");
    }
    memcpy(ret_name, name.data, name.len);
    ret_name[name.len] = '\0';
    return true;
}

bool address_person(struct slice text, char ret_address[ADDRESS_MAX + 1],
                    char ret_name[PERSON_NAME_MAX + 1], struct err *err)
{
    text = trimmed(text);
    const char *open = memchr(text.data, '<', text.len);
    *ret_name = '\0';
    if (!open || text.data[text.len - 1] != '>')
        return address_read(text, ret_address, err);
    struct slice name = {text.data, (size_t)(open - text.data)};
    struct slice address = {open + 1, text.len - name.len - 2};
    return read_name(name, ret_name, err) && address_read(trimmed(address), ret_address, err);
}

void address_shown(const char *address, struct buf *out)
{
    const char *at = strchr(address, '@');
    char *domain = NULL;
    if (at && idn2_to_unicode_8z8z(at + 1, &domain, 0) == IDN2_OK) {
        buf_add(out, address, (size_t)(at - address) + 1);
        buf_adds(out, domain);
    } else {
        buf_adds(out, address);
    }
    idn2_free(domain);
}

void address_mask(struct slice text, const char *address, struct buf *out)
{
    size_t len = strlen(address);
    const char *at = strchr(address, '@');
    for (size_t i = 0; i < text.len;) {
        if (at && text.len - i >= len && strncasecmp(text.data + i, address, len) == 0) {
            buf_add(out, address, 1);
            buf_adds(out, "***");
            buf_adds(out, at);
            i += len;
        } else {
            buf_addc(out, text.data[i++]);
        }
    }
}
