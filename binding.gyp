# The install build (node-gyp). CMakeLists.txt is the developer's build, with
# compile_commands.json and sanitizers; both read native/sources.txt.
{
  "variables": {
    # 1: build the plain C++ tests as well (GYP_DEFINES=native_tests=1).
    "native_tests%": 0,
  },
  "target_defaults": {
    "include_dirs": ["native"],
    "defines": ["NAPI_VERSION=9"],
    # Node's own flags ask for an older standard and silence unused parameters.
    "cflags!": ["-Wno-unused-parameter", "-O3"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden"],
    "cflags_cc": ["-std=c++20", "-fno-exceptions", "-fno-rtti"],
    "configurations": {
      "Release": {"cflags": ["-O2"]},
    },
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
      "GCC_ENABLE_CPP_RTTI": "NO",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
    },
  },
  "targets": [
    {
      "target_name": "uvio",
      "sources": [
        "<!@(node -p \"require('fs').readFileSync('native/sources.txt', 'utf8')\")",
      ],
      "conditions": [
        # Node unloads the addon when a worker ends and drains the worker's
        # loop afterwards: the callbacks' code must still be there.
        ["OS == 'linux'", {"ldflags": ["-Wl,-z,nodelete"]}],
      ],
    },
  ],
  "conditions": [
    ["native_tests == 1", {
      "targets": [
        {
          "target_name": "native_tests",
          "type": "executable",
          "sources": [
            "<!@(node -p \"require('fs').readdirSync('test/native').filter((name) => name.endsWith('.cc')).map((name) => 'test/native/' + name).join(' ')\")",
            "native/loop/completion_ring.cc",
          ],
        },
      ],
    }],
  ],
}
