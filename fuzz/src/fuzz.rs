//! Fuzzes the target that FUZZ_TARGET names, with libFuzzer and its options, after writing its seeds into the directory
//! FUZZ_SEEDS. Without a target it prints their names.
#![no_main]

use std::sync::LazyLock;
use std::{env, fs, process};

use libfuzzer_sys::fuzz_target;
use pg_tenancy_fuzz::{TARGETS, Target, target};

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let Ok(name) = env::var("FUZZ_TARGET") else {
        TARGETS
            .iter()
            .for_each(|target| println!("{}", target.name));
        process::exit(0);
    };
    target(&name).unwrap_or_else(|| panic!("there is no target {name}"))
});

fn write_seeds() {
    let seeds = (TARGET.seeds)();
    if let Some(directory) = env::var_os("FUZZ_SEEDS").map(std::path::PathBuf::from) {
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(directory.join(format!("seed-{number}")), seed)
                .expect("the directory is there");
        }
    }
}

fuzz_target!(init: write_seeds(), |bytes: &[u8]| {
    (TARGET.run)(bytes);
});
