/* Random bytes from CommonCrypto, as the crate libc has them. Not Apple's file. */
#ifndef EXTENSION_COMMON_RANDOM_H
#define EXTENSION_COMMON_RANDOM_H

#include <stddef.h>
#include <CommonCrypto/CommonCryptoError.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef CCCryptorStatus CCRNGStatus;

CCRNGStatus CCRandomGenerateBytes(void *bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif
