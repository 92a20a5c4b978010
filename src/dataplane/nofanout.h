/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_af_packet joins a fanout group that reassembles IPv4 fragments, also with one queue: a
 * fragmented datagram then arrives as one frame cut at the ring's frame size. There is no option
 * against it, so this program's own setsockopt() takes the defragmentation flag out. It works
 * on the driver because the program exports the symbol (export_dynamic).
 */
#ifndef DATAPLANE_NOFANOUT_H
#define DATAPLANE_NOFANOUT_H

/* Does nothing; a call makes the linker take the object that has setsockopt(). */
void nofanout_link(void);

#endif
