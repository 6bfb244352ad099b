# The build of npm ci (node-gyp); the package has none. CMakeLists.txt is the
# developer's build, with compile_commands.json and sanitizers; both read
# native/sources.txt.
{
  "variables": {
    # Asked of Node, since the package may stand in a node_modules further up.
    "napi_include": "<!(node -p \"require('path').resolve(require('node-addon-api').include_dir)\")",
  },
  "target_defaults": {
    "include_dirs": ["native"],
    # docs/decisions/0042-node-addon-api-at-the-surface.md says why.
    "defines": [
      "NAPI_VERSION=9",
      "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS",
      "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
    ],
    # Node's own flags ask for an older standard and silence unused parameters.
    "cflags!": ["-Wno-unused-parameter", "-O3"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden"],
    # A system include: its warnings are not ours to mend.
    "cflags_cc": ["-std=c++20", "-fno-exceptions", "-fno-rtti", "-isystem", "<(napi_include)"],
    "configurations": {
      "Release": {"cflags": ["-O2"]},
    },
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
      "GCC_ENABLE_CPP_RTTI": "NO",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "OTHER_CPLUSPLUSFLAGS": ["-isystem", "<(napi_include)"],
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
        # native/util/cxx_runtime.cc says why no C++ library is needed.
        ["OS == 'linux'", {
          "ldflags": [
            "-Wl,-z,nodelete",
            "-Wl,--as-needed",
            "-Wl,--version-script=<(module_root_dir)/native/exports.map",
          ],
        }],
      ],
    },
  ],
}
