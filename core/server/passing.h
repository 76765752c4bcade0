/*
 * Which workers a switch waits for: each passes a turn of its loop.
 *
 * Main thread but for passing_over(), which is called on each worker's.
 */
#pragma once

#include "base/buf.h"

#include <stdatomic.h>
#include <stdint.h>

struct passing {
    int count;
    atomic_int left;
    atomic_bool *waits; /* of each worker */
    uint64_t since;
};

void passing_init(struct passing *passing, int workers);
void passing_begin(struct passing *passing); /* … before they are told */
/* That worker's turn is over.  Was it the last one's? */
bool passing_over(struct passing *passing, int worker);
/* The first that is waited for, since *ret_ns ago; -1: none is. */
int passing_first(const struct passing *passing, uint64_t *ret_ns);
/* For `status`, and for programs: "waits WORKER SECONDS". */
void passing_show(const struct passing *passing, struct buf *out);
void passing_describe(const struct passing *passing, struct buf *out);
/* For the audit: what is switched and still waits is stopped. */
void passing_put_down(const struct passing *passing, unsigned generation);
void passing_done(struct passing *passing);
