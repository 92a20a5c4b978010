/* SPDX-License-Identifier: BSD-3-Clause */
/* The identities inside SAK and SAT: type, port, length, data. Private to this folder. */
#ifndef WIRE_GDOI_ID_H
#define WIRE_GDOI_ID_H

#include "control/wire/gdoi_sa.h"

/* wide: length field of 2 octets. */
void gdoi_id_read(struct buf_rd *r, struct gdoi_id *id, bool wide);
void gdoi_id_write(struct buf_wr *w, const struct gdoi_id *id);
/* Does the length fit the type, where the type fixes it? */
bool gdoi_id_len_fits(const struct gdoi_id *id);

#endif
