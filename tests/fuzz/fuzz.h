/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every fuzz target offers. With -Dfuzz=true (clang) libFuzzer calls it; else replay.c
 * does, with the files of the corpus.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
