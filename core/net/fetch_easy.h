/*
 * libcurl's part of a fetch: a handle with every option set, whose callbacks fill the fetch.
 */
#pragma once

#include "net/fetch.h"

#include <curl/curl.h>

/* The fetch, whose `allow` is set, and `ca` are borrowed as long as the handle lives; freed
 * with curl_easy_cleanup().  NULL where there is no memory. */
CURL *fetch_easy_new(struct fetch *fetch, const char *ca);

/* From libcurl's code to the outcome: what came, or fetch->err. */
void fetch_easy_ended(struct fetch *fetch, CURLcode code);
