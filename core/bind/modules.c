/* See modules.h. */
#include "bind/modules.h"

#include "bind/bind.h"

const luaL_Reg bind_modules[] = {{"host", bind_host_open},
                                 {"host.clock", bind_clock_open},
                                 {"host.command", bind_command_open},
                                 {"host.control", bind_control_open},
                                 {"host.crypto", bind_crypto_open},
                                 {"host.db", bind_db_open},
                                 {"host.html", bind_html_open},
                                 {"host.http", bind_http_open},
                                 {"host.json", bind_json_open},
                                 {"host.lexer", bind_lexer_open},
                                 {"host.log", bind_log_open},
                                 {"host.metrics", bind_metrics_open},
                                 {"host.qr", bind_qr_open},
                                 {"host.random", bind_random_open},
                                 {"host.shared", bind_shared_open},
                                 {"host.smtp", bind_smtp_open},
                                 {"host.still", bind_still_open},
                                 {"host.task", bind_task_open},
                                 {"host.timer", bind_timer_open},
                                 {NULL, NULL}};
