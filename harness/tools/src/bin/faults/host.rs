//! The machine that the faults are injected on: its tools, and what must be undone afterwards.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns `true` if this process may mount filesystems and create network namespaces.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Returns the path of a program. The folders of the administrator's programs are searched too.
pub fn find(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&folders).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Runs a program, and fails with its message if it does.
pub fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let path = find(program).ok_or_else(|| format!("{program} is not installed"))?;
    let output = Command::new(path).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

/// Returns a path for a folder of this process.
pub fn folder(name: &str) -> PathBuf {
    env::temp_dir().join(format!("agora-faults-{}-{name}", std::process::id()))
}

/// A small filesystem in memory, unmounted when dropped.
pub struct Filesystem {
    folder: PathBuf,
}

impl Filesystem {
    /// Mounts a filesystem of this size in MiB.
    pub fn mount(size: u32) -> Result<Self, String> {
        let folder = folder("disk");
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mounted = Self { folder };
        let options = format!("size={size}m,mode=0755");
        run("mount", &["-t", "tmpfs", "-o", &options, "tmpfs", &mounted.folder.display().to_string()])?;
        Ok(mounted)
    }

    /// Returns the folder of the filesystem.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Fills the filesystem. Removing the returned file frees it.
    pub fn fill(&self) -> Result<PathBuf, String> {
        let path = self.folder.join("ballast");
        let mut file = fs::File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let block = vec![0_u8; 64 * 1024];
        // First in blocks, then byte by byte.
        while std::io::Write::write_all(&mut file, &block).is_ok() {}
        while std::io::Write::write_all(&mut file, &[0]).is_ok() {}
        Ok(path)
    }
}

impl Drop for Filesystem {
    fn drop(&mut self) {
        // It may not be mounted; a folder that stays behind is empty and in the temporary folder.
        let _ = run("umount", &["--lazy", &self.folder.display().to_string()]);
        let _ = fs::remove_dir(&self.folder);
    }
}

/// A network namespace with one link to this machine, removed when dropped.
pub struct Namespace {
    name: String,
    /// This machine's end of the link.
    link: String,
    /// First three numbers of the addresses. They differ by process, so that runs do not meet.
    network: String,
}

impl Namespace {
    /// Creates the namespace and its link.
    pub fn create() -> Result<Self, String> {
        let id = std::process::id();
        let far = format!("agf{id}");
        let network = format!("10.213.{}", id % 256);
        let namespace = Self { name: format!("agora-{id}"), link: format!("agn{id}"), network };
        let (name, near) = (&*namespace.name, &*namespace.link);
        run("ip", &["netns", "add", name])?;
        run("ip", &["link", "add", near, "type", "veth", "peer", "name", &far, "netns", name])?;
        for address in [namespace.outside(), namespace.vanishing()] {
            run("ip", &["addr", "add", &format!("{address}/24"), "dev", near])?;
        }
        run("ip", &["link", "set", near, "up"])?;
        namespace.run(&["ip", "addr", "add", &format!("{}/24", namespace.inside()), "dev", &far])?;
        namespace.run(&["ip", "link", "set", &far, "up"])?;
        namespace.run(&["ip", "link", "set", "lo", "up"])?;
        for chain in ["input", "output"] {
            let hook = format!("{{ type filter hook {chain} priority 0; policy accept; }}");
            namespace.run(&["nft", "add", "table", "inet", "faults"])?;
            namespace.run(&["nft", "add", "chain", "inet", "faults", chain, &hook])?;
        }
        Ok(namespace)
    }

    /// Returns the address of this machine on the link.
    pub fn outside(&self) -> String {
        format!("{}.1", self.network)
    }

    /// Returns the address of the namespace.
    pub fn inside(&self) -> String {
        format!("{}.2", self.network)
    }

    /// Returns another address of this machine, for clients that vanish.
    pub fn vanishing(&self) -> String {
        format!("{}.3", self.network)
    }

    /// Returns the network of these addresses.
    pub fn network(&self) -> String {
        format!("{}.0/24", self.network)
    }

    /// Returns the command line that runs a program in the namespace.
    pub fn prefix(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(str::to_owned).to_vec()
    }

    fn run(&self, command: &[&str]) -> Result<(), String> {
        run("ip", &[&["netns", "exec", &self.name][..], command].concat())
    }

    /// Drops every packet that matches one of the expressions, in the direction of its chain.
    pub fn drop_packets(&self, input: &str, output: &str) -> Result<(), String> {
        for (chain, expression) in [("input", input), ("output", output)] {
            let words = ["nft", "add", "rule", "inet", "faults", chain];
            let words = words.into_iter().chain(expression.split(' ')).chain(["drop"]);
            self.run(&words.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Lets all packets pass again.
    pub fn pass_packets(&self) -> Result<(), String> {
        self.run(&["nft", "flush", "table", "inet", "faults"])
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Removed by itself: the namespace ends only some time after its last process.
        let _ = run("ip", &["link", "del", &self.link]);
        let _ = run("ip", &["netns", "del", &self.name]);
    }
}

/// Places of the library that fakes the clock of a process, on Debian.
const FAKETIME: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// A wall clock that can be set while processes run. Their monotonic clock is not changed, as on a real machine.
pub struct WallClock {
    file: PathBuf,
    library: &'static str,
}

impl WallClock {
    /// Returns `true` if the library is installed.
    pub fn is_available() -> bool {
        FAKETIME.iter().any(|path| Path::new(path).is_file())
    }

    /// Creates a clock that is right.
    pub fn create(name: &str) -> Result<Self, String> {
        let library = FAKETIME.iter().find(|path| Path::new(path).is_file());
        let clock = Self { file: folder(name), library: library.ok_or("libfaketime is not installed")? };
        clock.set("+0")?;
        Ok(clock)
    }

    /// Sets the difference to the right time, such as `-1h`.
    pub fn set(&self, difference: &str) -> Result<(), String> {
        // Renamed, so that no process reads an empty file.
        let new = self.file.with_extension("new");
        let written = fs::write(&new, format!("{difference}\n")).and_then(|()| fs::rename(&new, &self.file));
        written.map_err(|error| format!("{}: {error}", self.file.display()))
    }

    /// Returns the environment of a process with this clock.
    pub fn environment(&self) -> Vec<(String, String)> {
        let file = self.file.display().to_string();
        let pairs = [
            ("LD_PRELOAD", self.library),
            ("FAKETIME_TIMESTAMP_FILE", &file),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            // Time in seconds until a process notices that the clock was set.
            ("FAKETIME_CACHE_DURATION", "1"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }
}

impl Drop for WallClock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}
