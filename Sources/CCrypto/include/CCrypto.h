/// The edge of libcrypto: its headers as they are, imported by `Cryptography` only.
#ifndef CCRYPTO_H
#define CCRYPTO_H
#include <sys/types.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#endif
