/*
 * The generator's own state: what it uses of this machine, and what it may.
 */
#ifndef CT_ENGINE_SELF_H
#define CT_ENGINE_SELF_H

#include <stdint.h>

uint64_t ct_self_rss_bytes_max(void); /* largest resident size of this process so far */
uint64_t ct_self_cpu_ns(void);        /* CPU time of this process so far, user and system */
uint64_t ct_self_thread_cpu_ns(void); /* of the calling thread */

/* How long the calling thread could have run and waited for a CPU, since it began; UINT64_MAX when
 * the kernel does not tell (/proc/thread-self/schedstat). Reads a file. */
uint64_t ct_self_thread_wait_ns(void);

/* CPUs that this process may run on (sched_getaffinity); 1 when the kernel does not tell. */
uint32_t ct_self_cpus(void);

/* Raises the soft limit of open descriptors to the hard one; returns what then holds. */
uint64_t ct_self_raise_descriptors(void);

/* Local ports that connections may use (net.ipv4.ip_local_port_range). */
uint64_t ct_self_local_ports(void);

#endif
