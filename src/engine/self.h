/*
 * The generator's own state: what it uses of this machine, and what it may.
 */
#ifndef CT_ENGINE_SELF_H
#define CT_ENGINE_SELF_H

#include <stdbool.h>
#include <stdint.h>

uint64_t ct_self_rss_bytes_max(void); /* largest resident size of this process so far */
uint64_t ct_self_cpu_ns(void);        /* CPU time of this process so far, user and system */
uint64_t ct_self_thread_cpu_ns(void); /* of the calling thread */

/* How long the calling thread could have run and waited for a CPU, since it began; UINT64_MAX when
 * the kernel does not tell (/proc/thread-self/schedstat). Reads a file. */
uint64_t ct_self_thread_wait_ns(void);

/* Ask for short turns of the CPU for the calling thread: 0.1 ms, the least that Linux grants (6.12
 * and newer: sched_attr.sched_runtime of a normal task, sched_setattr(2)). It gets no more CPU time
 * by that, but the scheduler lets it in at once when it wakes beside a task of long turns: beside
 * one that never sleeps on the same CPU, a timer's p99 went from 3.9 ms to 0.04 ms. Anybody may;
 * older kernels take no notice. false: it was not granted. */
bool ct_self_short_turns(void);

/* CPUs that this process may run on (sched_getaffinity); 1 when the kernel does not tell. */
uint32_t ct_self_cpus(void);

/* Raises the soft limit of open descriptors to the hard one; returns what then holds. */
uint64_t ct_self_raise_descriptors(void);

/* Make room in the kernel's table for so many descriptors more, as far as the limit lets. In a
 * program of several threads the kernel waits for all CPUs each time the table doubles (fs/file.c,
 * expand_fdtable: synchronize_rcu), and the thread that opens the next connection with it: 10 to 20
 * ms, measured, in which nothing is sent. */
void ct_self_room_for_descriptors(uint32_t more);

/* Local ports that connections may use (net.ipv4.ip_local_port_range). */
uint64_t ct_self_local_ports(void);

#endif
