/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A group member that stands still, with the values of the well-known sample outputs: what
 * commands print can then be compared with them to the last column.
 */
#include "fakes.h"

#include <string.h>

#include "base/ace.h"

struct gm_group {
	int unused;
};

static const struct gm_group the_group;

static struct addr v4(const char *text)
{
	struct addr a;

	return addr_parse(&a, text) == 0 ? a : (struct addr){0};
}

static struct gdoi_ace ace_of(const char *text, uint16_t order)
{
	const char *words[16];
	char copy[128], *rest = copy, *word;
	struct gdoi_ace a = {.order = order};
	unsigned int n = 0, bad;

	copy_text(copy, sizeof(copy), text);
	while ((word = strsep(&rest, " ")) != NULL && n < 16)
		words[n++] = word;
	if (ace_parse(&a.ace, words, n, &bad, NULL) < 0)
		a.ace.proto = 255;
	return a;
}

static const char *const policy[] = {
	"deny icmp any any",
	"deny eigrp any any",
	"deny ip any 224.0.0.0 0.255.255.255",
	"deny ip 224.0.0.0 0.255.255.255 any",
	"deny udp any eq 848 any eq 848",
	"permit ip any any",
};

const struct gdoi_ace *fake_policy(unsigned int *n)
{
	static struct gdoi_ace aces[GV_ARRAY_SIZE(policy)];

	for (unsigned int i = 0; i < GV_ARRAY_SIZE(policy); i++)
		aces[i] = ace_of(policy[i], (uint16_t)(i + 1));
	*n = GV_ARRAY_SIZE(policy);
	return aces;
}

unsigned int gm_group_count(const struct gm *gm)
{
	return 1;
}

const struct gm_group *gm_group_at(const struct gm *gm, unsigned int i)
{
	return &the_group;
}

const struct gm_group *gm_group_find(const struct gm *gm, const char *group)
{
	return strcmp(group, "G1") == 0 ? &the_group : NULL;
}

const char *gm_state_text(enum gm_state s)
{
	return s == GM_REGISTERED ? "Registered" : "Registering";
}

void gm_group_info(const struct gm_group *g, struct gm_info *out)
{
	static struct addr servers[2];

	servers[0] = v4("10.1.11.2");
	servers[1] = v4("10.1.12.2");
	*out = (struct gm_info){
		.group = "G1",
		.interface = "Serial1/0",
		.map = "gm1map",
		.id = {.number = 3333},
		.address = v4("10.1.13.2"),
		.acl_from = v4("10.1.11.2"),
		.servers = servers,
		.n_servers = 2,
		.state = GM_REGISTERED,
		.registered_with = v4("10.1.12.2"),
		.reregister_known = true,
		.reregister_s = 139,
		.reg_attempted = 1,
		.reg_succeeded = 1,
		.failure = "",
		.last_rekey_from = v4("10.1.11.2"),
		.rekeyed = true,
		.since_rekey_s = 320,
		.rekeys_total = 1,
		.rekeys_since_reg = 1,
		.unicast_rekeys = 1,
		.acks_sent = 1,
		.has_kek = true,
	};
}

unsigned int gm_kek_count(const struct gm_group *g)
{
	return 1;
}

void gm_kek_row(const struct gm_group *g, unsigned int i, struct gm_kek_row *out)
{
	*out = (struct gm_kek_row){
		.spi = {0xc5, 0xac, 0x60, 0x39, 0, 0, 0, 0, 0xa4, 0x40, 0x63, 0x3e},
		.local = {v4("10.1.13.2"), 848},
		.remote = {v4("10.1.11.2"), 848},
		.conn_id = 1114,
		.alg = GDOI_KEK_3DES,
		.iv_len = 8,
		.key_len = 24,
		.sig_hash = GDOI_SIG_SHA1,
		.sig_bits = 1024,
		.sig_der_len = 162,
		.life_s = 1200,
		.left_s = 878,
	};
}

unsigned int gm_tek_count(const struct gm_group *g)
{
	return 1;
}

const struct gm_tek *gm_tek_at(const struct gm_group *g, unsigned int i)
{
	static const struct gm_tek tek = {.tek = {.spi = 0x8BF147EF,
						  .suite = SUITE_3DES_SHA1,
						  .life_s = 900,
						  .replay = GDOI_REPLAY_TIME,
						  .window = 4}};

	return &tek;
}

enum gm_tek_use gm_tek_use(const struct gm_group *g, unsigned int i)
{
	return GM_TEK_CURRENT;
}

const char *gm_tek_use_text(enum gm_tek_use u)
{
	return "current";
}

uint32_t gm_tek_left_s(const struct gm_group *g, unsigned int i)
{
	return 200;
}

const struct gdoi_ace *gm_aces(const struct gm_group *g, unsigned int *n)
{
	return fake_policy(n);
}

const struct ace *gm_local_aces(const struct gm_group *g, unsigned int *n)
{
	static struct ace local;

	local = ace_of("deny ip 172.16.1.0 0.0.0.255 172.16.100.0 0.0.0.255", 1).ace;
	*n = 1;
	return &local;
}

void gm_replay_info(const struct gm_group *g, struct gm_replay_info *out)
{
	*out = (struct gm_replay_info){
		.time_based = true, .window = 4, .synced = true, .ticks = 62138866};
}

unsigned int gm_tbar_error_count(const struct gm_group *g)
{
	return 1;
}

const struct gm_tbar_error *gm_tbar_error_at(const struct gm_group *g, unsigned int i)
{
	static struct gm_tbar_error e = {.wall_ms = 1384371572081,
					 .my_ticks = 62005184,
					 .peer_ticks = 61976709,
					 .window_s = 4};

	e.src = v4("192.168.13.2");
	e.dst = v4("192.168.14.2");
	return &e;
}

int gm_clear(struct gm *gm, const char *group)
{
	return group == NULL || strcmp(group, "G1") == 0 ? 0 : -ENOENT;
}

void gm_clear_replay(struct gm *gm, const char *group)
{
}

/* ---- IKE --------------------------------------------------------------------------------- */

const uint8_t ike_vid[IKE_VID_LEN] = {[IKE_VID_LEN - 3] = 1, 0, 4};

void ike_sa_each(const struct ike *ike, void (*fn)(const struct ike_sa_row *row, void *arg),
		 void *arg)
{
	struct ike_sa_row row = {.dst = v4("10.1.11.2"),
				 .src = v4("10.1.13.2"),
				 .state = "GDOI_IDLE",
				 .conn_id = 1074,
				 .active = true};

	fn(&row, arg);
}

uint64_t ike_drop_count(const struct ike *ike, enum ike_drop why)
{
	return (uint64_t)why;
}

const char *ike_drop_text(enum ike_drop why)
{
	static const char *const texts[] = {
#define IKE_DROP(name, text) text,
#include "control/ike/drops.def"
#undef IKE_DROP
	};

	return texts[why];
}

/* ---- data plane -------------------------------------------------------------------------- */

static unsigned int port_count(const struct dp *dp)
{
	return 2;
}

static int port_info(const struct dp *dp, unsigned int i, struct dp_port_info *out)
{
	*out = (struct dp_port_info){.mac = {2, 0, 0, 0, 0, 1}, .mtu = 1500, .admin_up = true};
	copy_text(out->name, sizeof(out->name), i == 0 ? "Serial1/0" : "Ethernet0/0");
	copy_text(out->tap, sizeof(out->tap), i == 0 ? "se1_0" : "et0_0");
	copy_text(out->driver, sizeof(out->driver), "net_af_xdp");
	out->link_up = i == 0;
	if (i == 0)
		out->addr = v4("10.1.13.2"), out->addr_len = 30;
	return 0;
}

static int port_stats(const struct dp *dp, unsigned int i, struct dp_port_stats *out)
{
	*out = (struct dp_port_stats){.rx_packets = 100, .rx_bytes = 8400};
	return 0;
}

static int ace_stats(const struct dp *dp, const char *port, unsigned int line,
		     struct dp_ace_stats *out)
{
	*out = (struct dp_ace_stats){0};
	if (line == 5)
		out->sa.encaps = out->sa.decaps = 100;
	return 0;
}

static int sa_stats(const struct dp *dp, uint32_t spi, struct dp_sa_stats *out)
{
	*out = (struct dp_sa_stats){0};
	return spi == 0x8BF147EF ? 0 : -ENOENT;
}

static unsigned int drop_count(void)
{
	return 3;
}

static uint64_t drops = 7;

static int drop_stat(const struct dp *dp, unsigned int reason, struct dp_drop_stat *out)
{
	static const struct dp_drop_stat rows[] = {
		{"l2-short", "", "frame too short", 0, 0},
		{"sa-in-unknown-spi", "IN_US_V4_PKT_SA_NOT_FOUND_SPI", "unknown SPI", 0, 0},
		{"tx-full", "", "transmit queue is full", 0, 0},
	};

	*out = rows[reason];
	out->packets = reason == 1 ? drops : 0;
	out->bytes = 100 * out->packets;
	return 0;
}

static int tbar_stats(const struct dp *dp, const char *port, struct dp_tbar_stats *out)
{
	*out = (struct dp_tbar_stats){.in_errors = 2};
	return 0;
}

static uint32_t current_spi(const struct dp *dp, const char *port, uint8_t sa)
{
	return 0x8BF147EF;
}

static void counters_clear(struct dp *dp)
{
	drops = 0;
}

static uint32_t conn_id(const struct bridge *b, uint32_t spi)
{
	return 1;
}

const struct dp_reader fake_dp = {
	.port_count = port_count,
	.port_info = port_info,
	.port_stats = port_stats,
	.sa_stats = sa_stats,
	.ace_stats = ace_stats,
	.drop_count = drop_count,
	.drop_stat = drop_stat,
	.tbar_stats = tbar_stats,
	.current_spi = current_spi,
	.counters_clear = counters_clear,
	.conn_id = conn_id,
};
