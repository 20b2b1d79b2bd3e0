{
  "variables": {
    # Set by scripts/lint.sh, never by a user's build: a warning of a newer compiler must not break an install.
    "namespawn_werror%": 0,
    # Set by scripts/prebuild.sh: the binary must not depend on the builder's libstdc++.
    "namespawn_static%": 0,
    "nsinit_sources": [
      "src-native/nsinit/start.c",
      "src-native/nsinit/init.c",
      "src-native/nsinit/plan.c",
      "src-native/nsinit/operations.c",
      "src-native/nsinit/command.c",
      "src-native/nsinit/commands.c",
      "src-native/nsinit/exec.c",
      "src-native/nsinit/channel.c",
      "src-native/nsinit/namespaces.c",
      "src-native/nsinit/string.c",
      "src-native/nsinit/supervise.c",
      "src-native/nsinit/terminal.c",
    ],
  },
  "targets": [
    {
      "target_name": "namespawn",
      "conditions": [
        ["OS!='linux'", {"type": "none"}],
        ["OS=='linux'", {
          "sources": [
            "src-native/addon.cc",
            "src-native/constants.cc",
            "src-native/channel_slots.cc",
            "src-native/channels.cc",
            "src-native/credentials.cc",
            "src-native/environ.cc",
            "src-native/environment.cc",
            "src-native/features.cc",
            "src-native/fd_guard.cc",
            "src-native/launch.cc",
            "src-native/child.c",
            "src-native/netnsid.cc",
            "src-native/nsfs.cc",
            "src-native/nsinit_image.cc",
            "src-native/nsinit_executable.S",
            "src-native/pidfd.cc",
            "src-native/procfs.cc",
            "src-native/reactor.cc",
            "src-native/reports.cc",
            "src-native/socket_credentials.cc",
            "src-native/stacks.cc",
            "src-native/stdio.cc",
            "src-native/sys_clone.cc",
            "src-native/sys_namespace.cc",
            "src-native/sys_wait.cc",
          ],
          "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "<(PRODUCT_DIR)"],
          "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
          "cflags": ["-fvisibility=hidden"],
          "cflags_c": ["-std=gnu11", "-fno-stack-protector"],
          "cflags_cc": ["-std=gnu++17", "-fno-exceptions", "-fno-rtti"],
          # An addon that was loaded only in a Worker is unmapped with it, under the reactor thread's feet.
          # The map (seen from build/) hides C++ templates: Node exports its own instances of the same ones, and they would win.
          "ldflags": [
            "-Wl,-z,nodelete",
            "-Wl,-z,noexecstack",
            "-Wl,--version-script=../src-native/exports.map",
          ],
          "actions": [{
            "action_name": "nsinit",
            "inputs": [
              "<@(nsinit_sources)",
              "src-native/nsinit/build.sh",
              "src-native/nsinit/kernel.h",
              "src-native/nsinit/nsinit.h",
              "src-native/nsinit/syscalls.h",
              "src-native/clone_on_stack.h",
              "src-native/protocol.h",
            ],
            "outputs": ["<(PRODUCT_DIR)/nsinit", "<(PRODUCT_DIR)/nsinit_incbin.h"],
            "action": ["sh", "src-native/nsinit/build.sh", "<(PRODUCT_DIR)", "<(namespawn_werror)", "<@(nsinit_sources)"],
          }],
          "conditions": [
            ["namespawn_werror==1", {"cflags": ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]}],
            ["namespawn_static==1", {
              "sources": ["src-native/glibc_2_28.c"],
              "ldflags": [
                "-static-libstdc++",
                "-static-libgcc",
                "-Wl,--gc-sections",
                # For src-native/glibc_2_28.c.
                "-Wl,--wrap=fstat64",
                "-Wl,--wrap=pthread_attr_setstacksize",
                "-Wl,--wrap=pthread_create",
                "-Wl,--wrap=__pthread_key_create",
                "-Wl,--wrap=pthread_once",
                "-Wl,--wrap=pthread_setname_np",
                "-Wl,--wrap=pthread_sigmask",
              ],
            }],
          ],
        }],
      ],
    },
  ],
}
