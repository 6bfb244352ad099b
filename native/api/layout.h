// The record layout as an object, for the test that compares it with
// src/native-loop/boundary/layout.ts.
#ifndef UVIO_API_LAYOUT_H_
#define UVIO_API_LAYOUT_H_

#include <node_api.h>

namespace uvio {

napi_value MakeLayout(napi_env env);

}  // namespace uvio

#endif  // UVIO_API_LAYOUT_H_
