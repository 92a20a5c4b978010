/* SPDX-License-Identifier: BSD-3-Clause */
/* A reader of captures, as much as whole UDP datagrams over IPv4 need. */
#include "pcap.h"

#include <string.h>

#define LINK_ETHERNET 1
#define LINK_RAW      101
#define LINK_COOKED   113

static uint32_t file_u32(const struct pcap *p, const uint8_t *b)
{
	uint32_t v;

	memcpy(&v, b, sizeof(v));
	return p->swapped ? __builtin_bswap32(v) : v;
}

int pcap_open(struct pcap *p, const char *path, struct err_text *e)
{
	uint8_t head[24];
	uint32_t magic;

	p->f = fopen(path, "rb");
	if (p->f == NULL)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (fread(head, 1, sizeof(head), p->f) != sizeof(head)) {
		pcap_close(p);
		return err_set(e, -EINVAL, "%s: no capture file", path);
	}
	memcpy(&magic, head, sizeof(magic));
	p->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
	p->link = file_u32(p, head + 20);
	if (!p->swapped && magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) {
		pcap_close(p);
		return err_set(e, -EINVAL, "%s: no capture file", path);
	}
	return 0;
}

void pcap_close(struct pcap *p)
{
	fclose(p->f);
	p->f = NULL;
}

static size_t link_len(uint32_t link)
{
	if (link == LINK_ETHERNET)
		return 14;
	return link == LINK_COOKED ? 16 : 0;
}

/* An unfragmented UDP datagram; false for everything else. */
static bool ip_parse(struct bytes ip, struct pcap_datagram *d)
{
	size_t ihl, len;
	struct buf_rd r;

	if (ip.len < 20 || ip.p[0] >> 4 != 4)
		return false;
	ihl = (size_t)(ip.p[0] & 15) * 4;
	len = get_be16(ip.p + 2);
	if (len > ip.len || ihl < 20 || ihl + 8 > len || ip.p[9] != 17 ||
	    (get_be16(ip.p + 6) & 0x3fff) != 0)
		return false;
	d->src.addr = addr_from_bytes(ADDR_V4, ip.p + 12);
	d->dst.addr = addr_from_bytes(ADDR_V4, ip.p + 16);
	buf_rd_init(&r, ip.p + ihl, len - ihl);
	d->src.port = buf_rd_u16(&r);
	d->dst.port = buf_rd_u16(&r);
	len = buf_rd_u16(&r);
	buf_rd_skip(&r, 2);
	if (len < 8)
		return false;
	d->payload = buf_rd_bytes(&r, len - 8);
	return !r.err;
}

int pcap_next(struct pcap *p, struct pcap_datagram *d, struct err_text *e)
{
	size_t skip = link_len(p->link);
	uint8_t head[16];
	uint32_t len;

	for (;;) {
		size_t n = fread(head, 1, sizeof(head), p->f);

		if (n == 0 && feof(p->f))
			return 0;
		len = file_u32(p, head + 8);
		if (n != sizeof(head) || len > sizeof(p->packet) ||
		    fread(p->packet, 1, len, p->f) != len)
			return err_set(e, -EINVAL, "capture file is damaged");
		if (len > skip && ip_parse(bytes_of(p->packet + skip, len - skip), d))
			return 1;
	}
}
