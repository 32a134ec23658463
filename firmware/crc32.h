/* CRC-32 as in IEEE 802.3, zlib and Node's zlib.crc32: reflected polynomial 0xEDB88320. */
#ifndef PINFER_CRC32_H
#define PINFER_CRC32_H

#include <stdint.h>

#define CRC32_START 0xFFFFFFFFu
/* The register after a message and its own little-endian CRC, whatever the message. */
#define CRC32_RESIDUE 0xDEBB20E3u

/* The register after one byte more. The CRC itself is the register's complement. */
uint32_t crc32_add(uint32_t crc, uint8_t byte);

#endif
