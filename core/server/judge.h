/*
 * Is the installation as it should be?  Each thing is looked at as it is at this moment, and
 * gets a line whether it is good or not; the application has its own judgement of what is its
 * own.
 *
 * Nothing is made or changed, beside a running server or without one.  All of these block, the
 * database and the mail server by as much as reaching them takes.  Main thread.
 */
#pragma once

#include "server/options.h"
#include "server/verdict.h"

#include <stdint.h>

/* All of it: what follows here, the options, the secret, whether the database is up to date. */
void judge_installation(const struct options *options, struct verdicts *out);

/* The data folder and the files whose names are in the options: whose they are, who may read
 * them; the room on their disks. */
void judge_files(const struct options *options, struct verdicts *out);
/* The zone database, and how many files the account may open. */
void judge_machine(const struct options *options, struct verdicts *out);
/* Each host by itself: version, character set, what the account may do, its certificate.  Does
 * one answer? */
bool judge_database(const struct options *options, struct verdicts *out);
/* The mail server: reached, certificate, login. */
void judge_mail(const struct options *options, struct verdicts *out);

/* A line about a certificate that is good until then. */
void judge_certificate(const char *subject, const char *whose, int64_t not_after,
                       struct verdicts *out);
