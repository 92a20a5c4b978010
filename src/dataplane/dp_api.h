/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What control may ask of the data plane. No DPDK type in here: control/dp and tests include
 * this header alone. All calls come from the control thread (the one that runs the loop).
 *
 * Policy goes in as whole descriptions (struct dp_group_spec): the data plane builds a new root
 * off line, shares what did not change, and publishes it with one store. On refusal nothing
 * changed. Times are monotonic nanoseconds of base/loop.h; the data plane maps them to its own
 * tick counter.
 */
#ifndef DATAPLANE_DP_API_H
#define DATAPLANE_DP_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ace.h"
#include "base/addr.h"
#include "base/secret.h"
#include "crypto/suite.h"

struct loop;
struct dp;

#define DP_PORT_NAME_MAX  32 /* IOS name: "Serial1/0" */
#define DP_GROUP_NAME_MAX 64
#define DP_TEKS_MAX       20
#define DP_SIDS_MAX       64
#define DP_PORTS_MAX      16

/* ---- start and end ---------------------------------------------------------------------- */

struct dp_port_spec {
	char name[DP_PORT_NAME_MAX]; /* IOS name, Linux name of the TAP is made from it */
	const char *device;          /* "0000:03:00.0" or EAL vdev "net_af_xdp0,iface=wan" */
	uint16_t mtu;                /* 0: leave */
};

struct dp_config {
	const char *lcores;      /* "0@0,1@1": first is control, the others are workers */
	unsigned int memory_mib; /* 256 */
	bool hugepages;
	unsigned int mbufs; /* packet buffers */
	const char *file_prefix;
	const char *netns;          /* namespace of TAPs and netlink, NULL: the one we run in */
	unsigned int idle_sleep_us; /* 0: spin */
	bool persist_taps;
	struct dp_port_spec ports[DP_PORTS_MAX];
	unsigned int n_ports;
};

/* EAL, ports, TAPs, netlink; the drop-everything root is published, workers run. */
int dp_new(struct dp **out, struct loop *loop, const struct dp_config *cfg,
	   struct err_text *e) GV_MUST_CHECK;
void dp_free(struct dp *dp); /* stops workers, wipes keys, releases EAL */
unsigned int dp_worker_count(const struct dp *dp);

/* ---- interfaces ------------------------------------------------------------------------- */

/* The kernel owns addresses and routes; configuration is one of those who set them. */
struct dp_interface_spec {
	struct addr address; /* ADDR_NONE: none from configuration */
	uint8_t address_len;
	uint16_t mtu; /* 0: the port's */
	bool shutdown;
};
/* Makes the TAP of that port look so; what an earlier call set and this one does not say goes. */
int dp_interface_set(struct dp *dp, const char *port, const struct dp_interface_spec *s,
		     struct err_text *e) GV_MUST_CHECK;
/* A static route through a gateway. */
int dp_route_set(struct dp *dp, bool add, const struct prefix *dst, const struct addr *via,
		 struct err_text *e) GV_MUST_CHECK;
/* The first IPv4 address of a port appeared, changed, or went (ADDR_NONE). Called once for each
 * port that has one when it is set. */
typedef void dp_address_fn(const char *port, const struct addr *a, void *arg);
void dp_set_address_fn(struct dp *dp, dp_address_fn *fn, void *arg);

/* ---- policy ----------------------------------------------------------------------------- */

enum dp_replay { DP_REPLAY_NONE, DP_REPLAY_COUNTER, DP_REPLAY_TIME };
enum dp_direction { DP_DIR_BOTH, DP_DIR_SEND_ONLY, DP_DIR_RECEIVE_ONLY };

/* What happens to a packet that no line matches, or that a permit line has no TEK for. */
enum dp_gate {
	DP_GATE_CLOSED, /* nothing but control traffic of the box (start of the process) */
	DP_FAIL_CLOSE,  /* never registered, fail-close: the fail-close and local deny lines pass */
	DP_FAIL_OPEN,   /* never registered, fail-open: clear */
	DP_POLICY,      /* registered once: the downloaded policy decides for ever */
};

struct dp_ace_spec {
	struct ace ace; /* .permit: protect */
	uint8_t sa;     /* index of the `sa ipsec` */
};

struct dp_tek_spec {
	uint32_t spi;
	uint8_t sa;
	enum suite_id suite;
	struct secret *key; /* cipher key then salt; referenced, not taken over */
	struct secret *auth;
	uint64_t expire_ns; /* hard end, both directions; the worker enforces it itself */
	uint32_t life_s;    /* as received when the TEK came: its successor takes over when
			     * min(30, max(2, life_s / 8)) seconds of it are left */
	uint64_t atd_ns;    /* send with it from then on even if an older one has more left;
			     * 0: none */
	enum dp_replay replay;
	uint32_t window; /* seconds or packets */
	uint8_t shim_proto;
	enum dp_direction direction;
};

struct dp_group_spec {
	char name[DP_GROUP_NAME_MAX];
	enum dp_gate gate;
	bool passive; /* takes clear packets that policy says should be encrypted */
	const struct dp_ace_spec *aces; /* the downloaded list, first match wins */
	unsigned int n_aces;
	const struct ace *local; /* local deny lines in front; inbound they are read swapped */
	unsigned int n_local;
	const struct ace *fail_close; /* deny lines of the fail-close map */
	unsigned int n_fail_close;
	const struct dp_tek_spec *teks; /* of one SA: oldest first */
	unsigned int n_teks;
	uint8_t sid_bits;
	const uint32_t *sids; /* one a worker; fewer: workers share one and split its counter */
	unsigned int n_sids;
	int64_t pseudotime_off_ns; /* pseudotime = monotonic + this */
	bool pseudotime_valid;
	bool address_check; /* decrypted addresses must equal the outer ones; default on */
};

/* Attaches or replaces the group of a port. Same SPI with another key: -EEXIST. A suite the
 * engine cannot do: -ENOTSUP, named in e. */
int dp_group_set(struct dp *dp, const char *port, const struct dp_group_spec *g,
		 struct err_text *e) GV_MUST_CHECK;
/* Plain routing on that port from now on. */
int dp_group_clear(struct dp *dp, const char *port, struct err_text *e) GV_MUST_CHECK;
/* Only the clock moved: a new root that shares everything else. */
int dp_clock_set(struct dp *dp, const char *port, int64_t off_ns, struct err_text *e) GV_MUST_CHECK;
/* The startup configuration is applied: ports without a crypto map forward from now on. */
int dp_start_forwarding(struct dp *dp, struct err_text *e) GV_MUST_CHECK;
bool dp_suite_supported(const struct dp *dp, enum suite_id s);
/* It works, but hundreds of times slower than on a newer processor: worth a line in the log. */
bool dp_suite_slow(const struct dp *dp, enum suite_id s);

/* ---- reading ---------------------------------------------------------------------------- */

struct dp_sa_stats {
	uint64_t encaps, decaps;             /* packets */
	uint64_t encaps_bytes, decaps_bytes; /* of inner packets */
	uint64_t send_errors, recv_errors;
	uint64_t verify_failed, replay_failed;
	uint64_t seq_max; /* highest sequence number any worker of ours used */
};

struct dp_port_stats {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_errors, tx_errors, drops;
	uint64_t punted, injected;
};

struct dp_port_info {
	char name[DP_PORT_NAME_MAX];
	char tap[16];
	char driver[32];
	uint8_t mac[6];
	uint16_t mtu;
	bool admin_up, link_up;
	struct addr addr; /* first IPv4 address of the TAP, ADDR_NONE when it has none */
	uint8_t addr_len;
};

unsigned int dp_port_count(const struct dp *dp);
int dp_port_info(const struct dp *dp, unsigned int i, struct dp_port_info *out) GV_MUST_CHECK;
int dp_port_stats(const struct dp *dp, unsigned int i, struct dp_port_stats *out) GV_MUST_CHECK;
int dp_sa_stats(const struct dp *dp, uint32_t spi, struct dp_sa_stats *out) GV_MUST_CHECK;
/* Totals of a policy line over all TEKs it ever had since clear; line = index into aces. */
struct dp_ace_stats {
	struct dp_sa_stats sa;        /* of a permit line */
	uint64_t clear_out, clear_in; /* packets a deny line let through */
};
int dp_ace_stats(const struct dp *dp, const char *port, unsigned int line,
		 struct dp_ace_stats *out) GV_MUST_CHECK;

struct dp_drop_stat {
	const char *name; /* "sa-in-unknown-spi" */
	const char *ios;  /* "IN_US_V4_PKT_SA_NOT_FOUND_SPI" */
	const char *what; /* one line for the manual */
	uint64_t packets, bytes;
};

unsigned int dp_drop_count(void);
int dp_drop_stat(const struct dp *dp, unsigned int reason, struct dp_drop_stat *out) GV_MUST_CHECK;
/* Stores a baseline on the control side; workers' counters are never written. */
void dp_counters_clear(struct dp *dp);

struct dp_tbar_stats {
	uint64_t in_packets, out_packets, in_errors, out_errors;
	uint64_t max_delta_ticks; /* largest accepted difference since clear */
};
int dp_tbar_stats(const struct dp *dp, const char *port, struct dp_tbar_stats *out) GV_MUST_CHECK;
/* The TEK that encrypts now for that `sa ipsec`; 0 when there is none. */
uint32_t dp_current_spi(const struct dp *dp, const char *port, uint8_t sa);

/* ---- events from workers ---------------------------------------------------------------- */

enum dp_event_kind {
	DP_EVENT_TBAR,          /* packet outside the window */
	DP_EVENT_REPLAY,        /* counter method */
	DP_EVENT_NOT_IPSEC,     /* clear packet that should have come encrypted */
	DP_EVENT_INV_SPI,       /* ESP for us with an SPI nobody knows */
	DP_EVENT_MAC,           /* ICV wrong */
	DP_EVENT_FAIL_OPEN,     /* first packet that left in clear in the fail-open state */
	DP_EVENT_NO_SA,         /* permit line without a usable TEK */
	DP_EVENT_SEQ_END,       /* IV or sequence space nearly used up: register again */
	DP_EVENT_ADDR_MISMATCH, /* decrypted addresses are not the outer ones */
	DP_EVENT_KINDS
};

struct dp_event {
	enum dp_event_kind kind;
	char port[DP_PORT_NAME_MAX];
	struct addr src, dst;
	uint8_t proto;
	uint32_t spi, seq;
	uint64_t my_ticks, peer_ticks; /* DP_EVENT_TBAR */
	uint32_t window;
	uint64_t mono_ns;
};

typedef void dp_event_fn(const struct dp_event *ev, void *arg);
void dp_set_event_fn(struct dp *dp, dp_event_fn *fn, void *arg);

#endif
