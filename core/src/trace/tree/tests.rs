use std::convert::Infallible;

use data_encoding::HEXLOWER;

use super::*;
use crate::trace::leaf_hash;

fn hash(hex: &str) -> Hash {
    HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
}

/// The reference tree of Certificate Transparency, as in transparency-dev/merkle, `proof/verify_test.go`: entries,
/// and the root after each.
const REFERENCE: [(&str, &str); 8] = [
    (
        "",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    ),
    (
        "00",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    ),
    (
        "10",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    ),
    (
        "2021",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (
        "3031",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    ),
    (
        "40414243",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    ),
    (
        "5051525354555657",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
];

// Nodes of that tree.
const LEAF_0: &str = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
const LEAF_1: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const LEAF_4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const LEAF_6: &str = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";
const NODE_01: &str = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
const NODE_23: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const NODE_45: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const NODE_67: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const NODE_03: &str = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
const NODE_47: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

fn leaves() -> Vec<Hash> {
    let entry = |hex: &str| HEXLOWER.decode(hex.as_bytes()).unwrap();
    REFERENCE
        .iter()
        .map(|(hex, _)| leaf_hash(&entry(hex)))
        .collect()
}

fn root_of(size: u64) -> Hash {
    hash(REFERENCE[size as usize - 1].1)
}

fn read(_: u64) -> Result<Vec<Hash>, Infallible> {
    Ok(leaves())
}

#[test]
fn roots_of_the_reference_tree() {
    let leaves = leaves();
    assert_eq!(leaves[0], hash(LEAF_0));
    for (size, (_, expected)) in (1..).zip(REFERENCE) {
        assert_eq!(root(&[], &leaves[..size]), hash(expected), "{size}");
    }
    // RFC 6962, 2.1: the hash of an empty list is the hash of an empty string.
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(root(&[], &[]), hash(empty));
}

#[test]
fn inclusion_in_the_reference_tree() {
    for (position, size, expected) in [
        (0, 1, vec![]),
        (0, 8, vec![LEAF_1, NODE_23, NODE_47]),
        (5, 8, vec![LEAF_4, NODE_67, NODE_03]),
        (2, 3, vec![NODE_01]),
        (1, 5, vec![LEAF_0, NODE_23, LEAF_4]),
    ] {
        let expected: Vec<Hash> = expected.into_iter().map(hash).collect();
        let leaf = leaves()[position as usize];
        assert_eq!(inclusion(position, size, &[], read), Ok(expected.clone()));
        assert_eq!(
            check_inclusion(&leaf, position, size, &expected, &root_of(size)),
            Ok(())
        );
    }
}

#[test]
fn consistency_in_the_reference_tree() {
    for (old, new, expected) in [
        (1, 1, vec![]),
        (1, 8, vec![LEAF_1, NODE_23, NODE_47]),
        (6, 8, vec![NODE_45, NODE_67, NODE_03]),
        (2, 5, vec![NODE_23, LEAF_4]),
        (6, 7, vec![NODE_45, LEAF_6, NODE_03]),
    ] {
        let expected: Vec<Hash> = expected.into_iter().map(hash).collect();
        assert_eq!(consistency(old, new, &[], read), Ok(expected.clone()));
        assert_eq!(
            check_consistency(old, new, &root_of(old), &root_of(new), &expected),
            Ok(())
        );
    }
}

#[test]
fn every_tree_begins_with_the_empty_one_and_with_itself() {
    let empty = root(&[], &[]);
    assert_eq!(consistency(0, 8, &[], read), Ok(vec![]));
    assert_eq!(check_consistency(0, 8, &empty, &root_of(8), &[]), Ok(()));
    assert_eq!(check_consistency(0, 0, &empty, &empty, &[]), Ok(()));
    assert_eq!(
        check_consistency(8, 8, &root_of(8), &root_of(8), &[]),
        Ok(())
    );
    for (old, new, old_root, new_root, proof, error) in [
        (0, 8, root_of(1), root_of(8), vec![], ProofError::OldRoot),
        (0, 0, empty, root_of(1), vec![], ProofError::Root),
        (0, 8, empty, root_of(8), vec![empty], ProofError::Length),
        (
            8,
            8,
            root_of(8),
            root_of(8),
            vec![empty],
            ProofError::Length,
        ),
        (8, 8, root_of(7), root_of(8), vec![], ProofError::OldRoot),
        (8, 7, root_of(8), root_of(7), vec![], ProofError::Range),
        (4, 8, root_of(4), root_of(8), vec![], ProofError::Length),
        (3, 8, root_of(3), root_of(8), vec![], ProofError::Length),
    ] {
        assert_eq!(
            check_consistency(old, new, &old_root, &new_root, &proof),
            Err(error)
        );
    }
}

#[test]
fn what_is_not_there_is_refused() {
    assert_eq!(
        inclusion(8, 8, &[], read),
        Err(TreeError::Position {
            position: 8,
            size: 8
        })
    );
    assert_eq!(
        inclusion(0, 0, &[], read),
        Err(TreeError::Position {
            position: 0,
            size: 0
        })
    );
    assert_eq!(
        consistency(9, 8, &[], read),
        Err(TreeError::Sizes { old: 9, new: 8 })
    );
    assert_eq!(inclusion(0, 9, &[], read), Err(TreeError::Short(0)));
    assert_eq!(inclusion(0, 512, &[], read), Err(TreeError::Short(1)));
    assert_eq!(inclusion(256, 512, &[], read), Err(TreeError::Short(0)));
    assert_eq!(
        inclusion(0, 300, &[[0; 32]], read),
        Err(TreeError::Short(1))
    );
    assert_eq!(
        inclusion(0, u64::MAX, &[[0; 32]], read),
        Err(TreeError::Short(1 << 55))
    );
    assert!(consistency(1 << 63, u64::MAX, &[[0; 32]], read).is_err());
    let failing = |_| Err("broken");
    assert_eq!(
        inclusion(0, 8, &[], failing),
        Err(TreeError::Tile("broken"))
    );
    let leaf = leaves()[0];
    assert_eq!(
        check_inclusion(&leaf, 0, 0, &[], &leaf),
        Err(ProofError::Range)
    );
    assert_eq!(
        check_inclusion(&leaf, 1, 1, &[], &leaf),
        Err(ProofError::Range)
    );
    assert_eq!(
        check_inclusion(&leaf, 0, u64::MAX, &[], &leaf),
        Err(ProofError::Length)
    );
}

#[test]
fn a_tile_is_read_once() {
    let roots = [[7; 32]; 3];
    let mut reads = Vec::new();
    let tile = |number| {
        reads.push(number);
        Ok::<_, Infallible>(vec![[9; 32]; TILE])
    };
    // The leaf's own tile and the last one, which is not full.
    assert_eq!(
        inclusion(300, 3 * 256 + 5, &roots, tile).map(|proof| proof.len()),
        Ok(10)
    );
    reads.sort();
    assert_eq!(reads, [1, 3]);
}
