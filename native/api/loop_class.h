// The class `Loop` as JavaScript sees it. The methods are in several files, by
// what they are about; src/native-loop/boundary/addon.ts says what each does.
#ifndef UVIO_API_LOOP_CLASS_H_
#define UVIO_API_LOOP_CLASS_H_

#include <node_api.h>

#include <vector>

namespace uvio {

// Null with an exception pending on failure.
napi_value DefineLoopClass(napi_env env);

using Methods = std::vector<napi_property_descriptor>;

inline void AddMethod(Methods* methods, const char* name,
                      napi_callback callback) {
  napi_property_descriptor method = {};
  method.utf8name = name;
  method.method = callback;
  method.attributes = napi_default_method;
  methods->push_back(method);
}

void AddLifecycleMethods(Methods* methods);  // loop_methods.cc
void AddStreamMethods(Methods* methods);     // stream_methods.cc
void AddTcpMethods(Methods* methods);        // tcp_methods.cc
void AddPipeMethods(Methods* methods);       // pipe_methods.cc
void AddDatagramMethods(Methods* methods);   // datagram_methods.cc
void AddPollMethods(Methods* methods);       // poll_methods.cc
void AddSocketMethods(Methods* methods);     // socket_methods.cc
void AddProcessMethods(Methods* methods);    // process_methods.cc
void AddNameMethods(Methods* methods);       // names.cc

}  // namespace uvio

#endif  // UVIO_API_LOOP_CLASS_H_
