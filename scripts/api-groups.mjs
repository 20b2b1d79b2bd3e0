// The order of docs/api.md: each exported name, under the task for which it is used. scripts/api.mjs fails if a name is missing.

/** @type {{module: string, groups: {title: string, text: string, names: string}[]}[]} */
export const modules = [
  {
    module: 'namespawn',
    groups: [
      {
        title: 'Start a command',
        text: '`spawnInNamespace` is `child_process.spawn` with namespaces. How it differs from it: [differences.md](differences.md).',
        names: `spawnInNamespace SpawnOptions ProcessOptions CommandOptions NamespacesOption JoinOptions InitOptions IdMapOption IdMapping ResourceLimits
          ResourceLimit ResourceName Capabilities CapabilityName IoPriority Scheduler PersonalityFlag TimeOffsets TimeOffset PtyOptions NamespacedProcess NamespacedProcessWithStreams
          NamespacedProcessByStdio NamespacedProcessWithPty ShutdownOptions
          PseudoTerminal Usage CommandUsage`,
      },
      {
        title: 'Give a command a file system of its own',
        text: 'The options `root` and `mounts`. With examples and limits: [filesystem.md](filesystem.md).',
        names: `RootOption BindRoot OverlayRoot Mount MountBase BindMount TmpfsMount OverlayMount ProcMount DevMount KernelMount FileMount
          DirectoryEntry SymlinkEntry MaskEntry systemMounts SystemMountsOptions homeMount
          prepareRoot PrepareRootOptions PreparedRoot`,
      },
      {
        title: 'Run code that one does not trust',
        text: 'Ready-made options, what holds, and Landlock. With examples: [untrusted.md](untrusted.md).',
        names: 'untrusted untrustedSandbox UntrustedOptions Enforced EnforcedLandlock Landlock',
      },
      {
        title: 'Filter system calls',
        text: 'Profiles and programs for the option `seccomp`. With examples: [seccomp.md](seccomp.md).',
        names: `SeccompFilter SeccompProfile SeccompRule SeccompArgument SeccompScope SeccompAction SeccompOperator SyscallHandler SyscallRequest SyscallResult compileSeccomp explainSeccomp
          SeccompExplanation SeccompDecision SeccompCircumstances`,
      },
      {
        title: 'Run a command and collect its output',
        text: '`runInNamespace` returns a promise of the result.',
        names:
          'runInNamespace RunOptions RunResult RunSuccess RunPromise RunError CollectOptions CollectedFile LeftOutFile',
      },
      {
        title: 'Keep namespaces for many commands',
        text: 'A sandbox is a set of namespaces with an init, in which any number of commands can be started.',
        names: 'createSandbox SandboxOptions SandboxDefaults Sandbox SandboxRunOptions CloseOptions',
      },
      {
        title: 'Read and write files inside',
        text: 'The methods of a sandbox for its files. With examples: [files.md](files.md).',
        names: 'FileOptions ReadFileOptions WriteFileOptions ListOptions FileEntry RemoveOptions',
      },
      {
        title: 'Start a Node program and exchange messages',
        text: '`forkInNamespace` is `child_process.fork` with namespaces. The channel and its limits: [ipc.md](ipc.md).',
        names: 'forkInNamespace ForkOptions NodeOptions SandboxForkOptions ChannelControl',
      },
      {
        title: 'Find out what works, and what went wrong',
        text: 'All errors and their causes: [errors.md](errors.md).',
        names: 'probe ProbeReport ProbeCaller ProbeResult NamespaceError NamespaceErrorFields',
      },
      {
        title: 'Open and compare namespaces',
        text: 'With examples: [inspection.md](inspection.md).',
        names: `openNamespace namespacesOf OpenOptions NamespaceHandle namespaceIds NamespaceIds NamespaceLink NamespaceType namespaceTypes
          NamespaceSource ProcessSource ProcessReference processIdentity ProcessIdentity ProcOptions`,
      },
      {
        title: 'Make and keep namespaces',
        text: 'Namespaces without a command, and files that keep them. With examples: [inspection.md](inspection.md#handles).',
        names: 'createNamespaces CreateNamespacesOptions CreatedNamespaces releaseNamespace',
      },
      {
        title: 'Network namespaces by name',
        text: 'Compatible with ip-netns(8). With examples: [netns.md](netns.md).',
        names: `netns Netns NetnsInfo NetnsId NetnsEvent AddNetnsOptions ExecNetnsOptions ListNetnsIdsOptions MonitorNetnsOptions`,
      },
      {
        title: 'Work in other namespaces without a process',
        text: 'With examples: [sockets.md](sockets.md).',
        names: `withNamespace EnteredNamespaces listenIn TcpListenOptions UnixListenOptions UdpListenOptions connectIn TcpConnectOptions
          UnixConnectOptions UdpConnectOptions OpenNamespace`,
      },
      {
        title: 'Translate PIDs',
        text: 'With examples: [inspection.md](inspection.md#translation).',
        names: `toNamespacePid toHostPid translatePid getNamespacePids PidTranslator PidNamespace TranslationOptions TranslatorOptions
          TranslationMethod translationMethod`,
      },
      {
        title: 'List namespaces and processes',
        text: 'With examples: [inspection.md](inspection.md#listings).',
        names: `listNamespaces ListNamespacesOptions NamespaceInfo NamespaceReference listProcesses ListProcessesOptions ProcessInfo
          ProcessColumn namespaceTree NamespaceTree NamespaceNode namespaceLimits NamespaceLimits`,
      },
    ],
  },
  {
    module: 'namespawn/sys',
    groups: [
      {
        title: 'namespawn/sys: processes',
        text: 'One function for each system call.',
        names: `clone CloneOptions waitid waitpid WaitTarget WaitResult pidfdOpen pidfdSendSignal pidfdGetInfo PidfdInfo pidfdGetNamespace
          close constants`,
      },
      {
        title: 'namespawn/sys: namespaces',
        text: '`unshare` and `setns` affect only the calling thread.',
        names: `unshare setns nsGetNstype nsGetUserns nsGetParent nsGetOwnerUid nsGetPidInPidns nsGetPidFromPidns nsGetTgidInPidns
          nsGetTgidFromPidns`,
      },
      {
        title: 'namespawn/sys: credentials over Unix sockets',
        text: 'The kernel translates PIDs, users and groups into the namespaces of the receiver.',
        names: `socketpair setPassCredentials setPassPidfd sendCredentials receiveCredentials ReceivedMessage Credentials peerCredentials
          peerPidfd`,
      },
    ],
  },
];
