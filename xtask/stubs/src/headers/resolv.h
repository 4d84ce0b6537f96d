/* The resolver's functions that need no structure of its state. Not Apple's file. */
#ifndef SIXFOLD_RESOLV_H
#define SIXFOLD_RESOLV_H

#include <sys/types.h>
#include <netinet/in.h>

#define dn_comp res_9_dn_comp
#define dn_expand res_9_dn_expand
#define dn_skipname res_9_dn_skipname
#define res_close res_9_close
#define res_init res_9_init
#define res_mkquery res_9_mkquery
#define res_query res_9_query
#define res_querydomain res_9_querydomain
#define res_search res_9_search
#define res_send res_9_send

#ifdef __cplusplus
extern "C" {
#endif

int dn_comp(const char *name, u_char *to, int size, u_char **names, u_char **last);
int dn_expand(const u_char *message, const u_char *end, const u_char *from, char *name, int size);
int dn_skipname(const u_char *from, const u_char *end);
void res_close(void);
int res_init(void);
int res_mkquery(int operation, const char *name, int dns_class, int type, const u_char *data, int length,
    const u_char *record, u_char *query, int size);
int res_query(const char *name, int dns_class, int type, u_char *answer, int size);
int res_querydomain(const char *name, const char *domain, int dns_class, int type, u_char *answer, int size);
int res_search(const char *name, int dns_class, int type, u_char *answer, int size);
int res_send(const u_char *query, int length, u_char *answer, int size);

#ifdef __cplusplus
}
#endif

#endif
