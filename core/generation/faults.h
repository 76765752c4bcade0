/*
 * What is wrong with the files of a generation: every fault is collected, one line each
 * ("scripts/routes/put.lua:12: …"), so that one look shows them all.
 */
#pragma once

#include "base/buf.h"

struct faults {
    int count;
    struct buf text; /* lines, each ended by '\n' */
};

/* line 0: the file as a whole.  file NULL: the message says where. */
void faults_add(struct faults *faults, const char *file, int line, const char *message);
/* The same as a callback; its owner is the struct faults. */
void faults_take(void *owner, const char *file, int line, const char *message);
/* Is the first line of this message a line of theirs already? */
bool faults_have(const struct faults *faults, const char *message);
/* Puts the line of source behind every fault that names one: "    12 | local x = = 1".  The
 * files are those that the faults speak of. */
struct vm_files;
void faults_excerpt(struct faults *faults, const struct vm_files *files);
void faults_done(struct faults *faults);
