//! A real PgBouncer, which gives a server connection to whoever begins a transaction.

use std::env;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use crate::client::Address;

pub struct Pooler {
    process: Child,
    pub address: Address,
}

impl Pooler {
    /// Starts it in TEST_TMPDIR, as PG_RUN_AS says; it has so many server connections for each role.
    pub fn start(server: &Address, servers: usize) -> Self {
        let home = PathBuf::from(env::var("TEST_TMPDIR").expect("TEST_TMPDIR is not set"));
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let settings = format!(
            "[databases]
* = host={} port={} pool_size={servers}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {home}/users.txt
pool_mode = transaction
server_reset_query =
log_connections = 0
log_disconnections = 0
",
            server.host,
            server.port,
            home = home.display()
        );
        fs::write(home.join("pgbouncer.ini"), settings).unwrap();
        fs::write(
            home.join("users.txt"),
            "\"model_app\" \"\"\n\"model_curator\" \"\"\n",
        )
        .unwrap();
        let log = File::create(home.join("pgbouncer.log")).unwrap();
        let run_as = env::var("PG_RUN_AS").unwrap_or_default();
        let mut words = run_as
            .split_whitespace()
            .chain(["pgbouncer", "pgbouncer.ini"]);
        let process = Command::new(words.next().unwrap())
            .args(words)
            .current_dir(&home)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("pgbouncer cannot be run");
        let pooler = Self {
            process,
            address: Address {
                host: "127.0.0.1".to_owned(),
                port,
                direct: false,
                ..server.clone()
            },
        };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return pooler;
            }
            sleep(Duration::from_millis(50));
        }
        panic!(
            "pgbouncer does not start; see {}",
            home.join("pgbouncer.log").display()
        );
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
