// Addresses as JavaScript sees them.
#ifndef UVIO_API_NAMES_H_
#define UVIO_API_NAMES_H_

#include <node_api.h>
#include <uv.h>

namespace uvio {

// Node's shape { address, port, family }; an error code for what is neither
// IPv4 nor IPv6.
napi_value MakeAddress(napi_env env, const sockaddr_storage& address);

}  // namespace uvio

#endif  // UVIO_API_NAMES_H_
